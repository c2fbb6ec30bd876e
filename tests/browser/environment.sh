#!/usr/bin/env bash
# Makes what the browser tests need and prints the path of Chromium.
# The packages are installed again only when package-lock.json changes.
#
# CHROMIUM=FILE   the browser; default: chromium, chromium-browser or google-chrome in PATH
set -euo pipefail
cd "$(dirname "$0")"

die() { echo "browser: $*" >&2; exit 1; }

command -v node >/dev/null || die "node 18 or newer is missing. On Debian: apt-get install nodejs npm"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || die "node is older than 18: $(node --version)"

chromium=${CHROMIUM:-}
for name in chromium chromium-browser google-chrome; do
    [ -n "$chromium" ] || chromium=$(command -v "$name" || true)
done
[ -n "$chromium" ] || die "Chromium is missing. On Debian: apt-get install chromium; or say CHROMIUM=/path/to/it"
[ -x "$chromium" ] || die "CHROMIUM=$chromium is not a program"

# Without one, every 汉字 is the same empty box, and widths are not those a reader sees.
if command -v fc-list >/dev/null && [ -z "$(fc-list :lang=zh-cn)" ]; then
    echo "browser: no Chinese font is installed; pages will not look as they should. On Debian: apt-get install fonts-noto-cjk" >&2
fi

if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
    command -v npm >/dev/null || die "npm is missing. On Debian: apt-get install npm"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 \
        || die "the packages of tests/browser/package-lock.json cannot be installed; is there a connection to the npm registry?"
    cp package-lock.json node_modules/.installed-lock.json
fi
echo "$chromium"
