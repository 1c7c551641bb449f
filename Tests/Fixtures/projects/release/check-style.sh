echo "requirements.txt: not sorted"
exit 2
