/// MLflow's REST API 2.0 over tracking, registry and artifacts.
@NullMarked
package dev.tarn.model.mlflow;

import org.jspecify.annotations.NullMarked;
