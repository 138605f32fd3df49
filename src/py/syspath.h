/*
 * syspath.h - sys.path: what Python made of it, and the folders of one runtime behind that.
 */
#ifndef ADDER_PY_SYSPATH_H
#define ADDER_PY_SYSPATH_H

#include "py/python.h"

/* Sets sys.path to what it was when Python started, then options.python_path, then
 * options.check_paths, each as given, duplicates skipped; packages that span several folders
 * see the new ones. Modules imported before stay. 0, or -1 with the exception raised. */
int syspath_set(const struct adder_runtime_options *options);

#endif
