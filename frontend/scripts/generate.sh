#!/bin/sh
# Writes the clients' types from openapi.json and the words' keys into a folder.
set -eu
to=${1:-src/api}
node_modules/.bin/openapi-typescript "$to/openapi.json" -o "$to/types.ts" >/dev/null
node scripts/words.mjs "$to/words.ts"
