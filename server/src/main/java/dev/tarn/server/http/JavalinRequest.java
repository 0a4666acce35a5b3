package dev.tarn.server.http;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Request;
import dev.tarn.core.identity.Identity;
import io.javalin.http.Context;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// A request as Javalin holds it.
///
/// @param bodyBytesMax the largest body that is read
record JavalinRequest(Context context, Identity identity, String baseUrl, long bodyBytesMax) implements Request {
    private static final long SMALL_BYTES = 64 << 10;

    @Override
    public String method() {
        return context.req().getMethod();
    }

    @Override
    public String path() {
        return URLDecoder.decode(context.path().replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String pathParam(String name) {
        return context.pathParam(name);
    }

    @Override
    public Map<String, List<String>> query() {
        return context.queryParamMap();
    }

    @Override
    public List<String> headers(String name) {
        return Collections.list(context.req().getHeaders(name));
    }

    @Override
    public InputStream body() throws IOException {
        long length = context.req().getContentLengthLong();
        if (length > bodyBytesMax) {
            throw tooLarge();
        }
        if (length >= 0 && length <= SMALL_BYTES) {
            // Read at once: to read it to an end that is not known takes longer than a small request's work.
            return new ByteArrayInputStream(context.req().getInputStream().readNBytes((int) length));
        }
        return new FilterInputStream(context.req().getInputStream()) {
            private long left = bodyBytesMax;

            @Override
            public int read() throws IOException {
                int read = super.read();
                count(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int read = super.read(bytes, from, length);
                count(Math.max(0, read));
                return read;
            }

            private void count(int bytes) {
                left -= bytes;
                if (left < 0) {
                    throw tooLarge();
                }
            }
        };
    }

    private TarnException tooLarge() {
        return new TarnException(
                ErrorCode.BODY_TOO_LARGE,
                "the request's body is larger than " + bodyBytesMax + " bytes; the limit is limits.body-size, for "
                        + "files limits.upload-size, in tarn.yml");
    }
}
