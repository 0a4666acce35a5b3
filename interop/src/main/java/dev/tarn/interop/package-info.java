/// Tests of Tarn against the real programs it works with, each started by the test that needs it.
@NullMarked
package dev.tarn.interop;

import org.jspecify.annotations.NullMarked;
