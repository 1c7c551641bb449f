#!/bin/sh
# Written from the page ExternalPluginProtocol alone, with nothing but sed: it says little, and reads what it needs.
say() { printf '%s\n' "$1"; }
field() { printf '%s' "$message" | sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }

while IFS= read -r message; do
  case $message in
    *'"type":"describe"'*)
      say "{\"type\":\"manifest\",\"manifest\":$(tr -d '\n' <"$(dirname "$0")/plugin.json")}"
      ;;
    *'"type":"run"'*)
      if [ "$(field protocol)" != 1 ]; then
        say '{"type":"result","status":"failed","message":"this plugin speaks protocol 1"}'
        exit
      fi
      file=$(field file)
      most=$(field most)
      say "{\"type\":\"request\",\"id\":1,\"process\":{\"command\":\"wc -l <'$file'\",\"printing\":\"capture\"}}"
      IFS= read -r message || exit 1
      lines=$(field output | base64 -d 2>/dev/null | tr -d ' \n')
      if [ -z "$lines" ]; then
        say '{"type":"result","status":"failed","message":"the file could not be counted"}'
      elif [ "$lines" -gt "${most:-1000000}" ]; then
        say "{\"type\":\"result\",\"status\":\"failed\",\"message\":\"$lines lines, more than $most\"}"
      else
        say "{\"type\":\"output\",\"key\":\"lines\",\"value\":\"$lines\"}"
        say "{\"type\":\"result\",\"status\":\"succeeded\",\"message\":\"$lines lines\"}"
      fi
      exit
      ;;
    *'"type":"cancel"'*) exit 1 ;;
  esac
done
