echo "no room left for a package"
exit 1
