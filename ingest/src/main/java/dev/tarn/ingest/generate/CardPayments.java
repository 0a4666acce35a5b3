package dev.tarn.ingest.generate;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.YearMonth;

/// Card payments in the layout, and with the dirt, of the public "Financial Transactions Dataset": monthly
/// `transactions_YYYY-MM.csv` over one year, `users_data.csv`, `cards_data.csv`, `mcc_codes.json` and
/// `train_fraud_labels.json`.
///
/// The dirt: money as `$-77.00`, zip codes as `58523.0`, no state and zip online, refunds below zero, errors
/// in words, and one line in about 20,000 that is malformed. Fraud is more frequent online, far from home, at night, in
/// some
/// categories, with high amounts and on cards seen on the dark web, so that it can be learned, and noisy, so
/// that it cannot be learned whole.
///
/// Every row is computed from its own number and the seed, so that a month needs no memory of another.
final class CardPayments implements Generator {
    private static final int YEAR = 2010;
    private static final long FIRST_ID = 7_475_327L;
    private static final int MALFORMED_EVERY = 20_000;
    private static final int MINUTES_PER_DAY = 1_440;

    @Override
    public void write(Path folder, GeneratorSettings settings) throws IOException {
        Population population = new Population(settings);
        population.write(folder);
        try (OutputStream labelFile = open(folder.resolve("train_fraud_labels.json"))) {
            Line labels = new Line();
            labels.text("{\"target\": {");
            long row = 0;
            int daysInYear = 365;
            for (int month = 1; month <= 12; month++) {
                YearMonth yearMonth = YearMonth.of(YEAR, month);
                long monthEnd = settings.rows() * yearMonth.atEndOfMonth().getDayOfYear() / daysInYear;
                Path file = folder.resolve("transactions_" + yearMonth + ".csv");
                try (OutputStream out = open(file)) {
                    new Month(population, settings, yearMonth, row, monthEnd, out, labels, labelFile).write();
                }
                row = monthEnd;
            }
            labels.text("}}\n").flushTo(labelFile);
        }
    }

    private static OutputStream open(Path file) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(file), 1 << 18);
    }

    /// The payments of one month, in the order of their times.
    private static final class Month {
        private final Population population;
        private final GeneratorSettings settings;
        private final YearMonth month;
        private final long first;
        private final long end;
        private final OutputStream out;
        private final Line labels;
        private final OutputStream labelFile;
        private final Line line = new Line();
        private final byte[][] days;
        private final double fraudScale;

        Month(
                Population population,
                GeneratorSettings settings,
                YearMonth month,
                long first,
                long end,
                OutputStream out,
                Line labels,
                OutputStream labelFile) {
            this.population = population;
            this.settings = settings;
            this.month = month;
            this.first = first;
            this.end = end;
            this.out = out;
            this.labels = labels;
            this.labelFile = labelFile;
            // The factors in a payment's chance have a mean of about one.
            fraudScale = settings.fraudShare();
            days = new byte[month.lengthOfMonth()][];
            for (int day = 0; day < days.length; day++) {
                days[day] = LocalDate.of(month.getYear(), month.getMonth(), day + 1)
                        .toString()
                        .getBytes(StandardCharsets.US_ASCII);
            }
        }

        void write() throws IOException {
            line.text(
                    "id,date,client_id,card_id,amount,use_chip,merchant_id,merchant_city,merchant_state,zip,mcc,errors\n");
            long minutes = (long) days.length * MINUTES_PER_DAY;
            long count = end - first;
            for (long row = first; row < end; row++) {
                long minute = minutes * (row - first) / count;
                payment(row, (int) (minute / MINUTES_PER_DAY), (int) (minute % MINUTES_PER_DAY));
                if (Mix.below(settings.seed(), row, 90, MALFORMED_EVERY) == 0) {
                    malformed(row);
                }
                line.flushIfLarge(out);
                labels.flushIfLarge(labelFile);
            }
            line.flushTo(out);
        }

        private void payment(long row, int day, int minute) throws IOException {
            long seed = settings.seed();
            // Few cards make most payments.
            double busy = Mix.fraction(seed, row, 1);
            int card = (int) (busy * busy * population.cards());
            int client = population.clientOf(card);
            boolean online = Mix.fraction(seed, row, 2) < 0.17;
            boolean chip = !online && population.hasChip(card) && Mix.fraction(seed, row, 14) < 0.4;
            boolean far = !online && Mix.fraction(seed, row, 3) < 0.08;
            int merchant = (int) (Mix.fraction(seed, row, 4) * Mix.fraction(seed, row, 5) * Merchants.COUNT);
            int place = far ? Mix.below(seed, row, 6, Places.COUNT) : population.homeOf(client);
            int category = Merchants.categoryOf(merchant);
            boolean refund = Mix.fraction(seed, row, 7) < 0.05;
            double chance = fraudScale
                    * (online ? 2.6 : chip ? 0.5 : 0.65)
                    * (far ? 3.0 : 0.85)
                    * (minute < 6 * 60 ? 1.5 : 0.85)
                    * Categories.risk(category)
                    * (population.isExposed(card) ? 2.5 : 0.9);
            boolean fraud = !refund && Mix.fraction(seed, row, 8) < Math.min(0.95, chance);
            long cents = cents(seed, row, category, fraud);
            line.number(FIRST_ID + row)
                    .comma()
                    .bytes(days[day])
                    .space()
                    .twoDigits(minute / 60)
                    .text(":")
                    .twoDigits(minute % 60)
                    .text(":00,")
                    .number(client)
                    .comma()
                    .number(card)
                    .text(refund ? ",$-" : ",$")
                    .number(cents / 100)
                    .text(".")
                    .twoDigits((int) (cents % 100))
                    .text(online ? ",Online Transaction," : chip ? ",Chip Transaction," : ",Swipe Transaction,")
                    .number(merchant + 1L)
                    .text(online ? ",ONLINE,,," : ",");
            if (!online) {
                line.bytes(Places.line(place));
            }
            line.number(Categories.code(category))
                    .comma()
                    .text(error(seed, row))
                    .text("\n");
            // The first row always has a label, so that every other one follows a comma.
            if (row == 0 || Mix.fraction(seed, row, 9) < 0.97) {
                label(row, fraud);
            }
        }

        private static long cents(long seed, long row, int category, boolean fraud) {
            // The product of three evens has a long tail, like what people spend.
            double spread = Mix.fraction(seed, row, 10) * Mix.fraction(seed, row, 11) * Mix.fraction(seed, row, 12);
            double typical = Categories.typicalAmount(category) * (fraud ? 2.2 : 1.0);
            return Math.max(1, Math.round(typical * 800 * spread));
        }

        private static String error(long seed, long row) {
            double chance = Mix.fraction(seed, row, 13);
            return chance > 0.016
                    ? ""
                    : chance < 0.010
                            ? "Insufficient Balance"
                            : chance < 0.013 ? "Bad PIN" : chance < 0.015 ? "Technical Glitch" : "Bad Expiration";
        }

        /// A line that no reader can make a payment of: cut off, too long, or with an open quote.
        private void malformed(long row) {
            switch (Mix.below(settings.seed(), row, 91, 3)) {
                case 0 -> line.number(FIRST_ID + row).text("," + month + "-01 00:00:00,0,0,$1.0\n");
                case 1 -> line.text("batch end,,,,,,,,,,,,,,\n");
                default -> line.number(FIRST_ID + row).text(",\"" + month + "-01 00:00:00,12,13,$5.00\n");
            }
        }

        private void label(long row, boolean fraud) {
            if (row > 0) {
                labels.text(", ");
            }
            labels.text("\"").number(FIRST_ID + row).text(fraud ? "\": \"Yes\"" : "\": \"No\"");
        }
    }
}
