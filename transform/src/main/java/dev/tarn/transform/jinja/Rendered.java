package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.List;

/// A template's output and, for each part of it, the line of the template that it came from.
///
/// @param marks in the order of their offsets
public record Rendered(String text, List<Mark> marks) {
    /// From this offset on, the output comes from a line of the template.
    ///
    /// @param copied whether the output is the template's own text, so that its lines follow the template's
    record Mark(int offset, int line, boolean copied) {}

    /// The line of the template from which a line of the output comes; both 1-based.
    public int sourceLine(int outputLine) {
        int offset = 0;
        for (int line = 1; line < outputLine; line++) {
            int end = text.indexOf('\n', offset);
            if (end < 0) {
                break;
            }
            offset = end + 1;
        }
        // A line may begin with an output and go on with text: its first visible character counts.
        while (offset < text.length() - 1
                && text.charAt(offset) != '\n'
                && Character.isWhitespace(text.charAt(offset))) {
            offset++;
        }
        Mark found = new Mark(0, 1, true);
        for (Mark mark : marks) {
            if (mark.offset() > offset) {
                break;
            }
            found = mark;
        }
        int line = found.line();
        for (int i = found.offset(); found.copied() && i < offset; i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }

    /// Collects the marks while a template is rendered.
    static final class Recorder {
        private final StringBuilder out = new StringBuilder();
        private final List<Mark> marks = new ArrayList<>();

        StringBuilder out() {
            return out;
        }

        void mark(int line, boolean copied) {
            marks.add(new Mark(out.length(), line, copied));
        }

        Rendered rendered() {
            return new Rendered(out.toString(), List.copyOf(marks));
        }
    }
}
