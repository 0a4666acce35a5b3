/// A dbt project as files say it: `dbt_project.yml`, models, macros, seeds, tests and properties, and the
/// graph that `ref` and `source` make of them.
@NullMarked
package dev.tarn.transform.project;

import org.jspecify.annotations.NullMarked;
