package dev.tarn.transform;

import dev.tarn.transform.jinja.Template;
import java.nio.file.Path;

/// A file of templates, read once.
record SourceFile(Path file, String text, Template template) {}
