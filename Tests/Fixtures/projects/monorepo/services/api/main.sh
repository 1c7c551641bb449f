#!/bin/sh
echo "service api"
