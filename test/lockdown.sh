#!/bin/sh
# lockdown.sh: what tools say under the strictest lockdown, in a VM that was booted with
# lockdown=confidentiality. Prints "ok N - what" or "not ok N - what".
set -u

number=0 failed=0
for tool in $(bpftools list --json | jq -r .name); do
	number=$((number + 1))
	timeout 60 bpftools "$tool" --duration 1 > /tmp/out 2> /tmp/err
	status=$?
	if [ $status = 1 ] && [ "$(wc -l < /tmp/err)" -eq 1 ] && grep -q 'lockdown (confidentiality)' /tmp/err; then
		echo "ok $number - $(cat /tmp/err)"
	else
		failed=1
		echo "not ok $number - $tool says that lockdown forbids it (status $status)"
		sed 's/^/# /' /tmp/err
	fi
done
exit $failed
