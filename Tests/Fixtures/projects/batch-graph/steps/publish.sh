echo "never reached"
