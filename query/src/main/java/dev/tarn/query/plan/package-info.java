/// Trino's parser, analyzer and planner as a library over the lake's catalog: a statement's text becomes a typed
/// plan. No part of Trino's execution is here.
@NullMarked
package dev.tarn.query.plan;

import org.jspecify.annotations.NullMarked;
