# Answers every line of one pipe on another, until it is killed.
while :; do
  read -r request < "$1"
  echo "pong to $request" > "$2"
done
