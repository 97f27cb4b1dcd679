# Sourced by ./demo and ./check: makes a fresh Debian 12 or Ubuntu 24.04 able to run Vidimus.
# Everything it says goes to stderr, so that a caller's stdout stays one JSON object.

say() { printf '%s\n' "$*" >&2; }

# Runs a command with its output in a log, and says every five seconds that it still runs.
watched() {
    local title=$1 log=$2 started=$SECONDS pid status=0
    shift 2
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if (( SECONDS - started >= 5 && (SECONDS - started) % 5 == 0 )); then
            printf '\r   %s … %s s ' "$title" "$((SECONDS - started))" >&2
        fi
    done
    wait "$pid" || status=$?
    if (( status != 0 )); then
        say ""
        say "   $title failed; the end of $log:"
        tail -n 20 "$log" >&2
        return "$status"
    fi
    printf '\r   %s: done in %s s\n' "$title" "$((SECONDS - started))" >&2
}

# missing_packages PROBE=PACKAGE…  prints the packages whose probe (a command or a file) is absent.
missing_packages() {
    local pair probe package
    for pair in "$@"; do
        probe=${pair%%=*} package=${pair#*=}
        case $probe in
            /*) compgen -G "$probe" >/dev/null || printf '%s ' "$package" ;;
            *) command -v "$probe" >/dev/null || printf '%s ' "$package" ;;
        esac
    done
}

# install_packages YES PROBE=PACKAGE…  shows the one apt line and asks, unless YES is 1 or nobody can answer.
install_packages() {
    local yes=$1 packages sudo="" answer
    shift
    packages=$(missing_packages "$@")
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null || { say "Please install with your package manager: $packages"; return 3; }
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { say "As root: apt-get install $packages"; return 3; }
        sudo="sudo"
    fi
    say "   missing on this machine; this line installs it:"
    say "     ${sudo:+sudo }apt-get install --no-install-recommends ${packages% }"
    if [ "$yes" != 1 ] && [ -t 0 ]; then
        read -r -p "   Run it now? [Y/n] " answer >&2
        case $answer in [nN]*) say "Nothing was installed."; return 3 ;; esac
    fi
    $sudo true
    watched "package lists" "$SETUP_LOG/apt-update.log" $sudo apt-get update -q
    # shellcheck disable=SC2086  # the list is words
    watched "system packages" "$SETUP_LOG/apt-install.log" \
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
}

# A Python of 3.11 or newer that can make environments.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return 0
        fi
    done
    return 1
}

# made_from LOCK  names what an environment made from LOCK was made from.
made_from() { cat requirements-build.lock "$1" pyproject.toml | sha256sum | cut -c1-32; }

# make_environment run|dev  brings .venv to exactly what the lock file names, every file checked against its hash.
make_environment() {
    local kind=$1 lock=requirements.lock python index
    [ "$kind" = run ] || lock=requirements-dev.lock
    [ -x .venv/bin/vidimus ] && [ "$(cat ".venv/.made-for-$kind" 2>/dev/null)" = "$(made_from $lock)" ] && return 0
    python=$(find_python) || { say "Python 3.11 or newer with venv is missing: apt-get install python3-venv"; return 3; }
    [ -x .venv/bin/python ] || watched "environment .venv" "$SETUP_LOG/venv.log" "$python" -m venv .venv
    watched "installer, by hash" "$SETUP_LOG/pip-build.log" \
        .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements-build.lock
    # uv does not read pip's settings: hand it the index this machine is set to, if it is set to one.
    index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    if ! UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index} watched "packages, by hash" "$SETUP_LOG/uv.log" \
        .venv/bin/uv pip install --system-certs --python .venv/bin/python --require-hashes -r "$lock"; then
        say "   trying again with pip"
        watched "packages, by hash" "$SETUP_LOG/pip.log" \
            .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$lock"
    fi
    watched "vidimus itself" "$SETUP_LOG/editable.log" \
        .venv/bin/python -m pip install --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
    # Where PYTHONDONTWRITEBYTECODE is set, every process, each warm child too, would compile all of it again: seconds each.
    # What does not compile here is slower, and not wrong.
    watched "compiled modules" "$SETUP_LOG/compile.log" .venv/bin/python -m compileall -q -j 0 .venv/lib \
        api benchmarks certify docs dossiers fonts guard keys ocr samples signing tests vault || true
    # What the checks need includes what a run needs.
    made_from requirements.lock >.venv/.made-for-run
    [ "$kind" = run ] || made_from requirements-dev.lock >.venv/.made-for-dev
}

SETUP_LOG=$(mktemp -d "${TMPDIR:-/tmp}/vidimus-setup.XXXXXX")
DEMO_PACKAGES=(
    "$(find_python >/dev/null && echo sh || echo no-python-with-venv)=python3-venv"
    tesseract=tesseract-ocr
    "/usr/share/tesseract-ocr/*/tessdata/vie.traineddata=tesseract-ocr-vie"
    "/usr/share/tesseract-ocr/*/tessdata/fra.traineddata=tesseract-ocr-fra"
    bwrap=bubblewrap
)
CHECK_PACKAGES=(
    "${DEMO_PACKAGES[@]}"
    git=git
    curl=curl
    qpdf=qpdf
    pdfsig=poppler-utils
    openssl=openssl
    javac=openjdk-17-jdk-headless
    mvn=maven
    chromium=chromium
    softhsm2-util=softhsm2
    # Faults and proxies: a sync that fails, a clock that jumps, the examples of deploy/proxy started.
    strace=strace
    faketime=faketime
    /usr/sbin/nginx=nginx-light
    caddy=caddy
    "/usr/lib/postgresql/*/bin/initdb=postgresql"
    # The originals that our faces are made from: a test makes them again.
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf=fonts-noto-core"
    "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf=fonts-liberation2"
)
