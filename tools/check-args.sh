#!/bin/sh
# check-args.sh SMP MEM PROFILE - print what is wrong with them, if anything.

smp=$1 mem=$2 profile=$3

case $smp in
[1-8]) ;;
*) echo "SMP=$smp: allowed are 1 to 8 harts" && exit ;;
esac

mib=$(echo "$mem" | sed -nE 's/^([1-9][0-9]{0,4})M$/\1/p; s/^([1-9])G$/\1 * 1024/p')
# shellcheck disable=SC2004 # $mib is an expression
if [ -z "$mib" ] || [ $(($mib)) -lt 64 ] || [ $(($mib)) -gt 8192 ]; then
	echo "MEM=$mem: allowed are 64M to 8G" && exit
fi

case $profile in
lab | release) ;;
*) echo "PROFILE=$profile: allowed are lab and release" ;;
esac
