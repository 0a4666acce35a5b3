package dev.tarn.bench;

/// One comparison. To add one: implement this, and name it in [Benches].
public interface Bench {
    /// The word after `bin/bench`, in lower case with dashes; also the name of its result's file.
    String name();

    /// What is compared, as the heading of its part of the results page.
    String title();

    /// How it is measured and what a reader has to know to judge the figures: data, cold or warm, fsync or not.
    String method();

    /// Measures. Everything it starts has ended when it returns; files go below [Run#folder].
    void measure(Run run) throws Exception;
}
