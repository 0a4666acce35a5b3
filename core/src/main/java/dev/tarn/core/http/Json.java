package dev.tarn.core.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;

/// JSON for faces that answer many small requests.
public final class Json {
    private Json() {}

    /// A factory whose buffers are shared by all threads. Jackson keeps them by thread, and a virtual thread lives for
    /// one request: its buffers would be most of what a request allocates.
    public static JsonFactory factory() {
        return JsonFactory.builder()
                .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
                .build();
    }
}
