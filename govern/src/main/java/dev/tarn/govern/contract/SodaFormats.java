package dev.tarn.govern.contract;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What Soda calls the formats of text, as regular expressions over the whole of it.
final class SodaFormats {
    private static final Map<String, String> PATTERNS = new TreeMap<>();

    static {
        numbers("integer", "\\d+", "0+", "");
        numbers("decimal", "(\\d+([.,]\\d+)?|[.,]\\d+)", "0+([.,]0+)?", "");
        numbers("decimal point", "(\\d+([.]\\d+)?|[.]\\d+)", "0+([.]0+)?", "");
        numbers("decimal comma", "(\\d+(,\\d+)?|,\\d+)", "0+(,0+)?", "");
        numbers("percentage", "(\\d+([.,]\\d+)?|[.,]\\d+)", "0+([.,]0+)?", "\\s*%");
        numbers("percentage point", "(\\d+([.]\\d+)?|[.]\\d+)", "0+([.]0+)?", "\\s*%");
        numbers("percentage comma", "(\\d+(,\\d+)?|,\\d+)", "0+(,0+)?", "\\s*%");
        String day = "(0?[1-9]|[12]\\d|3[01])";
        String month = "(0?[1-9]|1[0-2])";
        String year = "(\\d\\d|\\d{4})";
        String minute = "[0-5]\\d";
        String hour24 = "([01]?\\d|2[0-3])";
        String hour12 = "(0?[1-9]|1[0-2])";
        whole("date us", month + "[-./]" + day + "[-./]" + year);
        whole("date eu", day + "[-./]" + month + "[-./]" + year);
        whole("date inverse", year + "[-./]" + month + "[-./]" + day);
        whole(
                "date iso 8601",
                "\\d{4}-?((0[1-9]|1[0-2])-?(0[1-9]|[12]\\d|3[01])|W[0-5]\\d(-?[1-7])?|[0-3]\\d\\d)"
                        + "([ T]([01]\\d|2[0-4])(:?" + minute + "(:?" + minute
                        + "([.,]\\d+)?)?)?(Z|[-+]\\d\\d(:?\\d\\d)?)?)?");
        whole("time 24h", hour24 + ":" + minute + "(:" + minute + ")?");
        whole("time 24h nosec", hour24 + ":" + minute);
        whole("time 12h", hour12 + ":" + minute + "(:" + minute + ")?(\\s*[AaPp][Mm])?");
        whole("time 12h nosec", hour12 + ":" + minute + "(\\s*[AaPp][Mm])?");
        whole("timestamp 24h", hour24 + ":" + minute + ":" + minute);
        whole("timestamp 12h", hour12 + ":" + minute + ":" + minute + "(\\s*[AaPp][Mm])?");
        whole("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
        String ipv4 = "((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
        whole("ip address", ipv4);
        whole("ipv4 address", ipv4);
        String groups = "[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})";
        whole("ipv6 address", "(" + groups + "{7}|(" + groups + "{0,6})?::(" + groups + "{0,6})?)");
        whole("email", "[^@\\s]+@[^@\\s]+\\.[^@\\s]+");
        whole("phone number", "\\+?[\\d(][\\d\\s().-]{5,18}\\d(\\s*(x|ext\\.?)\\s*\\d{1,5})?");
        whole("credit card number", "(\\d{14,19}|(\\d{4}[- ]){3}\\d{4})");
    }

    private SodaFormats() {}

    static Set<String> names() {
        return PATTERNS.keySet();
    }

    static Optional<String> pattern(String name) {
        return Optional.ofNullable(PATTERNS.get(name));
    }

    /// A number with any sign, and as `positive …` and `negative …`; zero is both.
    private static void numbers(String name, String digits, String zero, String unit) {
        whole(name, "[-+]?\\s*" + digits + unit);
        whole("positive " + name, "\\+?\\s*" + digits + unit);
        whole("negative " + name, "(-\\s*" + digits + "|" + zero + ")" + unit);
    }

    private static void whole(String name, String pattern) {
        PATTERNS.put(name, "^\\s*" + pattern + "\\s*$");
    }
}
