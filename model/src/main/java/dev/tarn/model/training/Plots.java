package dev.tarn.model.training;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The pictures of a run, as SVG.
final class Plots {
    private static final int SIZE = 360;
    private static final int MARGIN = 50;
    private static final int POINTS_MAX = 500;
    /// So few points are marked.
    private static final int DOTS_MAX = 20;
    /// What a letter takes at most, roughly.
    private static final int LETTER = 7;

    private Plots() {}

    private record Point(double x, double y) {}

    static String roc(Scores scores) {
        List<Point> points = new ArrayList<>(List.of(new Point(0, 0)));
        scores.forEachThreshold((threshold, tp, fp) ->
                points.add(new Point(fp / (double) scores.negatives(), tp / (double) scores.positives())));
        return chart("ROC", "false positive rate", "true positive rate", points, true, 1);
    }

    static String precisionRecall(Scores scores) {
        List<Point> points = new ArrayList<>();
        scores.forEachThreshold((threshold, tp, fp) ->
                points.add(new Point(tp / (double) scores.positives(), tp / (double) (tp + fp))));
        return chart("Precision and recall", "recall", "precision", points, false, 1);
    }

    static String calibration(Scores scores) {
        List<Point> points = new ArrayList<>();
        for (double[] bin : scores.calibration()) {
            points.add(new Point(bin[0], bin[1]));
        }
        double most = points.stream()
                .mapToDouble(point -> Math.max(point.x(), point.y()))
                .max()
                .orElse(1);
        return chart("Calibration", "mean prediction", "rate of positives", points, true, scale(most));
    }

    /// The end of axes that show values up to this: 1, 0.5, 0.2, 0.1, …, so that rare positives are seen too.
    static double scale(double most) {
        double end = 1;
        for (int step = 0; step < 30; step++) {
            double next = end * (step % 3 == 1 ? 0.4 : 0.5);
            if (next < most) {
                break;
            }
            end = next;
        }
        return end;
    }

    /// @param importance what each input adds to or takes from a prediction, on average; the greatest first
    static String importance(Map<String, Double> importance) {
        double most = importance.values().stream().mapToDouble(v -> v).max().orElse(1);
        int names = MARGIN
                + LETTER
                        * importance.keySet().stream()
                                .mapToInt(String::length)
                                .max()
                                .orElse(0);
        StringBuilder svg = new StringBuilder();
        int y = MARGIN;
        for (Map.Entry<String, Double> entry :
                importance.entrySet().stream().limit(30).toList()) {
            double width = most == 0 ? 0 : entry.getValue() / most * SIZE;
            svg.append(text(names, y + 12, "end", entry.getKey()))
                    .append(String.format(
                            Locale.ROOT,
                            "<rect x='%d' y='%d' width='%.1f' height='14' fill='#2563eb'/>",
                            names + 10,
                            y,
                            width))
                    .append(text(
                            names + 15 + (int) width,
                            y + 12,
                            "start",
                            String.format(Locale.ROOT, "%.3f", entry.getValue())));
            y += 20;
        }
        return page("Mean absolute contribution to the score", names + SIZE + 80, y + MARGIN, svg.toString());
    }

    private static String chart(String title, String x, String y, List<Point> all, boolean diagonal, double end) {
        int step = Math.max(1, all.size() / POINTS_MAX);
        StringBuilder line = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            if (i % step == 0 || i == all.size() - 1) {
                double left = MARGIN + all.get(i).x() / end * SIZE;
                double top = MARGIN + SIZE - all.get(i).y() / end * SIZE;
                line.append(String.format(Locale.ROOT, "%.1f,%.1f ", left, top));
                if (all.size() <= DOTS_MAX) {
                    dots.append(String.format(
                            Locale.ROOT, "<circle cx='%.1f' cy='%.1f' r='3' fill='#2563eb'/>", left, top));
                }
            }
        }
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#888'/>",
                MARGIN,
                MARGIN,
                SIZE,
                SIZE));
        if (diagonal) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='#bbb' stroke-dasharray='4'/>",
                    MARGIN,
                    MARGIN + SIZE,
                    MARGIN + SIZE,
                    MARGIN));
        }
        svg.append("<polyline fill='none' stroke='#2563eb' stroke-width='2' points='")
                .append(line)
                .append("'/>")
                .append(dots);
        for (int i = 0; i <= 4; i++) {
            String tick = new BigDecimal(end * i / 4)
                    .round(new MathContext(3))
                    .stripTrailingZeros()
                    .toPlainString();
            svg.append(text(MARGIN + SIZE * i / 4, MARGIN + SIZE + 15, "middle", tick))
                    .append(text(MARGIN - 5, MARGIN + SIZE - SIZE * i / 4 + 4, "end", tick));
        }
        svg.append(text(MARGIN + SIZE / 2, MARGIN + SIZE + 35, "middle", x))
                .append(text(MARGIN, MARGIN - 8, "start", y));
        return page(title, SIZE + 2 * MARGIN, SIZE + 2 * MARGIN, svg.toString());
    }

    private static String page(String title, int width, int height, String content) {
        return "<svg xmlns='http://www.w3.org/2000/svg' width='" + width + "' height='" + height
                + "' font-family='sans-serif' font-size='12'><rect width='100%' height='100%' fill='white'/>"
                + text(MARGIN, 20, "start", title) + content + "</svg>\n";
    }

    private static String text(int x, int y, String anchor, String words) {
        String safe = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        return "<text x='" + x + "' y='" + y + "' text-anchor='" + anchor + "'>" + safe + "</text>";
    }
}
