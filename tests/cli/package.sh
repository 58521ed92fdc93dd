#!/usr/bin/env bash
# Packs the build in $1 as a .deb, unpacks it into a root of its own, and runs what is in it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$1" && cpack -G DEB -B "$work/out" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
package=$(echo "$work"/out/*.deb)
dpkg-deb --field "$package" Depends | grep -q 'libc6 (>= '
[ "$(dpkg-deb --field "$package" Package)" = ggufit ]

root=$work/root
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
# The other packages are not in this root: their names alone would stop dpkg.
if [ "$(id -u)" = 0 ]; then
  dpkg --root="$root" --force-depends --install "$package" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  dpkg --root="$root" --status ggufit | grep -q '^Status: install ok installed$'
else
  dpkg-deb -x "$package" "$root"
fi

"$root/usr/bin/ggufit" --version
for file in share/bash-completion/completions/ggufit share/zsh/vendor-completions/_ggufit \
  share/fish/vendor_completions.d/ggufit.fish share/man/man1/ggufit.1 share/doc/ggufit/README.md \
  share/doc/ggufit/copyright; do
  [ -s "$root/usr/$file" ] || { echo "the package lacks $file"; exit 1; }
done
bash -c '. "$1" && complete -p ggufit' - "$root/usr/share/bash-completion/completions/ggufit"
