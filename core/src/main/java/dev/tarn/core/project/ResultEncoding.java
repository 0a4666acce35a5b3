package dev.tarn.core.project;

import java.util.Optional;
import java.util.stream.Stream;

/// How rows are written into the segments of an answer; the words are those of Trino's clients.
public enum ResultEncoding {
    JSON("json"),
    JSON_ZSTD("json+zstd"),
    JSON_LZ4("json+lz4");

    private final String word;

    ResultEncoding(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Optional<ResultEncoding> of(String word) {
        return Stream.of(values())
                .filter(encoding -> encoding.word.equals(word))
                .findFirst();
    }
}
