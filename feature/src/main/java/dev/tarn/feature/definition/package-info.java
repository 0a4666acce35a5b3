/// What `features/*.yml` says: entities, feature views, on-demand features and services, read and checked.
@NullMarked
package dev.tarn.feature.definition;

import org.jspecify.annotations.NullMarked;
