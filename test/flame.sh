#!/bin/sh
# flame.sh: flame graphs in a real browser, which reads them from a file, without a display: what they
# show, zoom, search, keys, hostile names, dark, narrow, in a page with other things. The checks are
# those of test/flame.js. Prints "ok N - what", "not ok N - what" and "ok N - what # SKIP why".
set -u

cd "$(dirname "$0")/.." || exit 1
number=0 failed=0
report() {	# RESULT WHAT
	number=$((number + 1))
	case $1 in not*) failed=1 ;; esac
	echo "$1 $number - $2"
}
check() {
	what=$1
	shift
	if "$@"; then report ok "$what"; else report "not ok" "$what"; fi
}

browser=
for name in chromium chromium-browser google-chrome chrome; do
	browser=$(command -v $name) && break
done
if [ ! "$browser" ]; then
	report ok "flame graphs in a browser # SKIP there is no chromium"
	exit 0
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# draw NAME [TITLE [UNIT]] < STACKS
draw() {
	file=$tmp/$1.svg
	shift
	build/test/flame "$@" > "$file"
}

# A file with the test in it, which does the things named.
with_test() {	# NAME WHAT
	sed '$d' "$tmp/$1.svg"
	echo "<script class=\"test\" data-run=\"$2\"><![CDATA["
	cat test/flame.js
	echo "]]></script></svg>"
}

# browse WHICH FILE [OPTION...]: the lines that the test has written. A home of its own: it is to
# touch nobody's settings. There is no user name space for its sandbox everywhere.
browse() {
	which=$1
	file=$2
	shift 2
	HOME=$tmp timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run \
		--disable-background-networking --disable-dev-shm-usage --user-data-dir="$tmp/profile" \
		--window-size=1240,900 --virtual-time-budget=10000 "$@" --dump-dom "file://$file" \
		> "$tmp/dom" 2> "$tmp/err"
	sed -n '/id="results"/,/<\/pre>/p' "$tmp/dom" | grep '^ok\|^not ok\|^#' |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' > "$tmp/lines"
	if [ ! -s "$tmp/lines" ]; then
		report "not ok" "$which: the browser runs the test"
		tail -n 5 "$tmp/err" | sed 's/^/# /'
	fi
	while read -r line; do
		case $line in
		ok*) report ok "$which: ${line#ok - }" ;;
		not*) report "not ok" "$which: ${line#not ok - }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < "$tmp/lines"
}

cat > "$tmp/known" <<'END'
alpha;main;read;vfs_read_[k] 31
alpha;main;read 11
alpha;main;write;read 23
beta;main;read;read 17
beta;main 29
END
draw known 'Known & <b>stacks</b>' < "$tmp/known"

# What ends, opens or escapes anything, as a process, a function and a kernel function.
{
	for name in '<script>window.hacked=1</script>' ']]></script><script>window.hacked=1</script>' \
		'</metadata></svg><img src=x onerror=window.hacked=1>' '" onload="window.hacked=1' \
		"' onclick='window.hacked=1" '&lt;&#x3c;' '</title><b>' '<!--' '-->' '${window.hacked=1}' \
		"$(printf 'escape\033[31m')" "$(printf 'broken\377\300utf8')" \
		"$(printf 'right\342\200\256gpj.exe')" \
		"$(head -c 4000 /dev/zero | tr '\0' n)"; do
		# A ";" is between frames here.
		name=$(printf '%s' "$name" | tr ';' ,)
		printf '%s;%s;%s_[k] 101\n' "$name" "$name" "$name"
	done
} > "$tmp/hostile"
draw hostile '</title><script>window.hacked=1</script>' '<b>samples</b>' < "$tmp/hostile"

awk 'BEGIN {
	for (i = 0; i < 300; i++)
		stack = stack (i ? ";" : "") "f" i
	print stack, "9007199254740993"
}' | draw deep

# As many stacks as a busy machine has, 5 frames deep where they differ.
awk 'BEGIN {
	for (i = 0; i < 3000; i++) {
		p = i % 10
		printf "p%d;main;run;loop_%d;f%d_%d_%d;leaf_of_%d_[k] %d\n", p, i % 7, p, i % 7, i % 29, i,
			1 + i % 5
	}
}' | draw wide
size=$(wc -c < "$tmp/wide.svg")
check "3,000 stacks are $size bytes, less than 500,000" test "$size" -lt 500000

if command -v xmllint > /dev/null; then
	for name in known hostile deep wide; do
		check "$name: well-formed XML" xmllint --noout "$tmp/$name.svg"
	done
else
	report ok "well-formed XML # SKIP there is no xmllint; the browser looks, too"
fi

with_test known "known alone" > "$tmp/known-test.svg"
with_test known "dark known" > "$tmp/dark-test.svg"
with_test hostile hostile > "$tmp/hostile-test.svg"
with_test deep deep > "$tmp/deep-test.svg"
with_test wide wide > "$tmp/wide-test.svg"
browse known "$tmp/known-test.svg"
browse dark "$tmp/dark-test.svg" --blink-settings=preferredColorScheme=0
browse hostile "$tmp/hostile-test.svg"
browse deep "$tmp/deep-test.svg"
browse wide "$tmp/wide-test.svg"

# In a page whose policy lets nothing in but what has its word for it.
body() {	# NAME: the element without style and script
	awk '/^<\?xml/ { next }
		/^<(style|script)>/ { skip = 1 }
		!skip
		/<\/(style|script)>$/ { skip = 0 }' "$tmp/$1.svg"
}
page() {	# WIDTH
	cat <<'END'
<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src file:; script-src 'nonce-word'; style-src 'nonce-word'">
<title>Page</title>
END
	echo "<style nonce=\"word\">main { width: $1 }"
	cat lib/page/flame.css
	cat <<'END'
</style>
<script nonce="word">
window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective));
window.namesAfter = window.namesBefore = [];
window.namesBefore = Object.keys(window);
</script>
<script nonce="word">
END
	cat lib/page/flame.js
	echo '</script><h1>Page</h1><img src="known.svg" alt=""><main>'
	body known
	body known
	cat <<'END'
</main>
<script nonce="word">
for (const svg of document.querySelectorAll('svg.flame'))
	flame(svg);
window.namesAfter = Object.keys(window);
</script>
<script nonce="word" class="test" data-run="page">
END
	cat test/flame.js
	echo "</script>"
}
page 80% > "$tmp/page.html"
browse page "$tmp/page.html"
# A window cannot be as narrow as a phone here.
page 390px > "$tmp/phone.html"
browse phone "$tmp/phone.html"

exit $failed
