#!/bin/bash -eu
# Builds every fuzz target of fuzz/ into $OUT, each with its committed corpus as seeds.
cd "$SRC/project"

cargo fuzz build -O
for target in $(cargo fuzz list); do
    cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    if [ -d "fuzz/seeds/$target" ]; then
        zip -q -r -j "$OUT/${target}_seed_corpus.zip" "fuzz/seeds/$target"
    fi
done
