#!/bin/sh
# Prints the newest Python 3 that is to be had here, on the PATH or kept by pyenv.
for minor in 16 15 14 13 12 11; do
    for python in "python3.$minor" "$(pyenv prefix "3.$minor" 2>/dev/null)/bin/python3"
    do
        if "$python" -c "import sys; sys.exit(sys.version_info[1] != $minor)" \
            2>/dev/null
        then
            echo "$python"
            exit
        fi
    done
done
echo python3
