#!/bin/sh
echo "service web"
