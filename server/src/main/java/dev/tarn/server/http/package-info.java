/// HTTP: the only package that knows Javalin.
@NullMarked
package dev.tarn.server.http;

import org.jspecify.annotations.NullMarked;
