/// Arrow Flight SQL over the query engine. Nothing but [FlightFace] is loaded before the first client connects.
@NullMarked
package dev.tarn.query.flight;

import org.jspecify.annotations.NullMarked;
