package dev.tarn.ingest.generate;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The people who pay, and their cards. As many as the payments need, and no more than memory holds easily.
final class Population {
    private static final int CLIENTS_MAX = 1_000_000;
    private static final int CARDS_PER_CLIENT = 3;
    private static final String[] BRANDS = {"Visa", "Mastercard", "Mastercard", "Visa", "Mastercard", "Amex", "Discover"
    };
    private static final String[] TYPES = {"Debit", "Credit", "Debit", "Credit", "Debit (Prepaid)"};
    private static final String[] STREETS = {
        "Rose Lane",
        "Federal Boulevard",
        "Third Drive",
        "Madison Street",
        "Valley Stream Drive",
        "Birch Lane",
        "Fifth Street",
        "Ninth Street",
        "Spruce Avenue",
        "Lincoln Street"
    };
    // Draws of people and cards must not repeat those of payments.
    private static final int PERSON = 200;
    private static final int CARD = 300;

    private final long seed;
    private final int clients;

    Population(GeneratorSettings settings) {
        seed = settings.seed();
        clients = Math.clamp(settings.rows() / 500, 100, CLIENTS_MAX);
    }

    int cards() {
        return clients * CARDS_PER_CLIENT;
    }

    int clientOf(int card) {
        return (int) (card * 2_654_435_761L % clients);
    }

    int homeOf(int client) {
        return Mix.below(seed, client, PERSON, Places.COUNT);
    }

    /// Whether the card's number is for sale.
    boolean isExposed(int card) {
        return Mix.fraction(seed, card, CARD) < 0.06;
    }

    boolean hasChip(int card) {
        return Mix.fraction(seed, card, CARD + 8) < 0.88;
    }

    void write(Path folder) throws IOException {
        try (OutputStream out = open(folder.resolve("users_data.csv"))) {
            put(
                    out,
                    "id,current_age,retirement_age,birth_year,birth_month,gender,address,latitude,longitude,"
                            + "per_capita_income,yearly_income,total_debt,credit_score,num_credit_cards\n");
            for (int client = 0; client < clients; client++) {
                put(out, person(client));
            }
        }
        try (OutputStream out = open(folder.resolve("cards_data.csv"))) {
            put(
                    out,
                    "id,client_id,card_brand,card_type,card_number,expires,cvv,has_chip,num_cards_issued,"
                            + "credit_limit,acct_open_date,year_pin_last_changed,card_on_dark_web\n");
            for (int card = 0; card < cards(); card++) {
                put(out, card(card));
            }
        }
        Files.writeString(folder.resolve("mcc_codes.json"), Categories.json());
    }

    private String person(int client) {
        int age = 18 + Mix.below(seed, client, PERSON + 1, 70);
        int income = 12_000 + Mix.below(seed, client, PERSON + 2, 60_000);
        int home = homeOf(client);
        return String.format(
                Locale.ROOT,
                "%d,%d,%d,%d,%d,%s,%d %s,%.2f,%.2f,$%d,$%d,$%d,%d,%d\n",
                client,
                age,
                60 + Mix.below(seed, client, PERSON + 3, 12),
                2020 - age,
                1 + Mix.below(seed, client, PERSON + 4, 12),
                Mix.fraction(seed, client, PERSON + 5) < 0.5 ? "Female" : "Male",
                1 + Mix.below(seed, client, PERSON + 6, 9_999),
                STREETS[Mix.below(seed, client, PERSON + 7, STREETS.length)],
                Places.latitude(home),
                Places.longitude(home),
                income,
                income * 2 + Mix.below(seed, client, PERSON + 8, 5_000),
                Mix.below(seed, client, PERSON + 9, 200_000),
                480 + Mix.below(seed, client, PERSON + 10, 370),
                CARDS_PER_CLIENT);
    }

    private String card(int card) {
        boolean exposed = isExposed(card);
        int opened = 1995 + Mix.below(seed, card, CARD + 1, 15);
        return String.format(
                Locale.ROOT,
                "%d,%d,%s,%s,%016d,%02d/%d,%d,%s,%d,$%d,%02d/%d,%d,%s\n",
                card,
                clientOf(card),
                BRANDS[Mix.below(seed, card, CARD + 2, BRANDS.length)],
                TYPES[Mix.below(seed, card, CARD + 3, TYPES.length)],
                4_000_000_000_000_000L + Math.floorMod(Mix.bits(seed, card, CARD + 4), 1_000_000_000_000_000L),
                1 + Mix.below(seed, card, CARD + 5, 12),
                2012 + Mix.below(seed, card, CARD + 6, 12),
                100 + Mix.below(seed, card, CARD + 7, 900),
                hasChip(card) ? "YES" : "NO",
                1 + Mix.below(seed, card, CARD + 9, 2),
                Mix.below(seed, card, CARD + 10, 40_000),
                1 + Mix.below(seed, card, CARD + 11, 12),
                opened,
                opened + Mix.below(seed, card, CARD + 12, 10),
                exposed ? "Yes" : "No");
    }

    private static OutputStream open(Path file) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(file), 1 << 18);
    }

    private static void put(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
