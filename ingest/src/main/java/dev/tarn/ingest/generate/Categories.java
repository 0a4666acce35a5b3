package dev.tarn.ingest.generate;

import java.util.List;

/// Merchant categories by their code of ISO 18245, with what is typically spent and how often it is fraud.
final class Categories {
    /// @param typicalAmount in dollars
    /// @param risk how much likelier than elsewhere a payment is fraud
    private record Category(int code, String name, int typicalAmount, double risk) {}

    private static final List<Category> ALL = List.of(
            new Category(5411, "Grocery Stores, Supermarkets", 45, 0.6),
            new Category(5812, "Eating Places and Restaurants", 35, 0.6),
            new Category(5814, "Fast Food Restaurants", 14, 0.5),
            new Category(5541, "Service Stations", 40, 0.8),
            new Category(5912, "Drug Stores and Pharmacies", 30, 0.8),
            new Category(5311, "Department Stores", 80, 1.5),
            new Category(5300, "Wholesale Clubs", 90, 0.9),
            new Category(4829, "Money Transfer", 110, 1.1),
            new Category(5499, "Miscellaneous Food Stores", 25, 0.6),
            new Category(4121, "Taxicabs and Limousines", 22, 0.7),
            new Category(4900, "Utilities - Electric, Gas, Water, Sanitary", 95, 0.4),
            new Category(4814, "Telecommunication Services", 70, 0.6),
            new Category(5732, "Electronics Stores", 220, 2.8),
            new Category(5942, "Book Stores", 28, 0.8),
            new Category(7832, "Motion Picture Theaters", 24, 0.5),
            new Category(5813, "Drinking Places (Alcoholic Beverages)", 38, 0.8),
            new Category(5651, "Family Clothing Stores", 65, 1.2),
            new Category(5661, "Shoe Stores", 75, 1.4),
            new Category(5211, "Lumber and Building Materials", 120, 1.0),
            new Category(5251, "Hardware Stores", 55, 0.9),
            new Category(7011, "Lodging - Hotels, Motels, Resorts", 180, 1.5),
            new Category(4511, "Airlines", 320, 1.9),
            new Category(4722, "Travel Agencies", 260, 2.0),
            new Category(5712, "Furniture, Home Furnishings, and Equipment Stores", 240, 1.6),
            new Category(5815, "Digital Goods - Media, Books, Apps", 12, 1.8),
            new Category(5816, "Digital Goods - Games", 18, 2.0),
            new Category(7995, "Betting (including Lottery Tickets, Casinos)", 60, 1.9),
            new Category(5094, "Precious Stones and Metals", 350, 2.9),
            new Category(7538, "Automotive Service Shops", 150, 0.7),
            new Category(8011, "Doctors, Physicians", 110, 0.4),
            new Category(8021, "Dentists and Orthodontists", 140, 0.4),
            new Category(8111, "Legal Services and Attorneys", 200, 0.5),
            new Category(7230, "Beauty and Barber Shops", 40, 0.5),
            new Category(5921, "Package Stores, Beer, Wine, Liquor", 34, 0.8),
            new Category(4784, "Tolls and Bridge Fees", 6, 0.4),
            new Category(5045, "Computers, Computer Peripheral Equipment", 280, 2.7));

    static final int COUNT = ALL.size();

    private Categories() {}

    static int code(int category) {
        return ALL.get(category).code();
    }

    static int typicalAmount(int category) {
        return ALL.get(category).typicalAmount();
    }

    static double risk(int category) {
        return ALL.get(category).risk();
    }

    /// One JSON object: code → name.
    static String json() {
        StringBuilder json = new StringBuilder("{");
        for (Category category : ALL) {
            json.append(json.length() == 1 ? "\n" : ",\n")
                    .append("  \"")
                    .append(category.code())
                    .append("\": \"")
                    .append(category.name())
                    .append('"');
        }
        return json.append("\n}\n").toString();
    }
}
