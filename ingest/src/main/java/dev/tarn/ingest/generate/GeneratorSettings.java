package dev.tarn.ingest.generate;

/// What to generate.
///
/// @param rows how many rows the largest table has
/// @param seed another seed gives other rows
/// @param fraudShare the share of fraud among card payments, from 0 to 1
public record GeneratorSettings(long rows, long seed, double fraudShare) {
    /// The share of fraud in the real data set's labels.
    public static final double FRAUD_SHARE = 0.08;
}
