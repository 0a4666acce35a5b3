package dev.tarn.core.http;

import java.util.List;

/// One of the standards that Tarn speaks over HTTP: its routes, and the shape of its errors.
public interface Face {
    /// The routes, most specific first.
    List<Route> routes();

    /// Turns a failure of one of the routes into the standard's own error response.
    Response error(Request request, Throwable failure);
}
