/// Real programs as child processes: their jars through Maven, a free loopback port, an end with the test.
@NullMarked
package dev.tarn.interop.peer;

import org.jspecify.annotations.NullMarked;
