#!/bin/sh
# lockdown.sh: what tools do under the strictest lockdown, in a VM that was booted with
# lockdown=confidentiality. No BPF program may read the kernel's memory then: tools say so in one line,
# but for those that need not read it, which must work. Prints "ok N - what" or "not ok N - what".
set -u

number=0 failed=0
verdict() {	# STATUS WHAT
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		failed=1
		echo "not ok $number - $2"
		sed 's/^/# /' /tmp/err
	fi
}

# start TOOL ARGS...: its JSON goes to /tmp/out.
start() {
	rm -f /tmp/ready
	mkfifo /tmp/ready
	BPFTOOLS_READY=9 bpftools "$@" --json > /tmp/out 2> /tmp/err 9> /tmp/ready &
	tracer=$!
	read -r _ < /tmp/ready
}
stop() { kill -INT $tracer; wait $tracer; }

for tool in $(bpftools list --json | jq -r .name); do
	case $tool in
	profile)
		start profile -F 99
		burn user 503 > /dev/null
		stop
		jq -se 'any(.type == "stack" and .comm == "burn")' /tmp/out > /dev/null
		verdict $? "profile works"
		continue ;;
	fsdist)
		truncate -s 64M /tmp/image && mkfs.ext4 -q -F /tmp/image && mkdir -p /tmp/mnt &&
			mount -o loop /tmp/image /tmp/mnt && dd if=/dev/zero of=/tmp/mnt/file bs=1k count=13 2> /dev/null
		start fsdist -t ext4
		dd if=/tmp/mnt/file of=/dev/null bs=1k 2> /dev/null
		stop
		# The last one finds the end of the file.
		jq -se 'any(.type == "hist" and .keys.operation == "read" and .count == 14)' /tmp/out > /dev/null
		verdict $? "fsdist works: 14 reads"
		continue ;;
	fsslower) args="-t ext4" ;;
	*) args= ;;
	esac
	timeout 60 bpftools "$tool" $args --duration 1 > /tmp/out 2> /tmp/err
	status=$?
	[ $status = 1 ] && [ "$(wc -l < /tmp/err)" -eq 1 ] && grep -q 'lockdown (confidentiality)' /tmp/err
	verdict $? "$tool says that lockdown forbids it (status $status)"
done
exit $failed
