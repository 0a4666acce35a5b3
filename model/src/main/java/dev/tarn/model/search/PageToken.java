package dev.tarn.model.search;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the next page starts, in MLflow's own form: `{"offset": 100}` in Base64.
public final class PageToken {
    private static final Pattern OFFSET = Pattern.compile("\\{\"offset\":\\s*(\\d{1,18})}");

    private PageToken() {}

    /// @throws TarnException `BAD_REQUEST` when the token is none of ours
    public static long offset(@Nullable String token) {
        if (token == null || token.isEmpty()) {
            return 0;
        }
        try {
            String text = new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
            Matcher matcher = OFFSET.matcher(text);
            if (matcher.matches()) {
                return Long.parseLong(matcher.group(1));
            }
        } catch (IllegalArgumentException e) {
            // Not Base64: answered below like any other text that is no token.
        }
        throw new TarnException(ErrorCode.BAD_REQUEST, "Invalid page token, could not parse '" + token + "'");
    }

    /// The token of the page after this one, or null when this one is the last.
    ///
    /// @param found what was found, of which at most `limit` are shown
    public static @Nullable String after(long offset, int limit, List<?> found) {
        if (found.size() <= limit) {
            return null;
        }
        String text = "{\"offset\": " + (offset + limit) + "}";
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
