/*
 * legacy.c - the package `checks` of Agent 5, from which some checks still import.
 *
 * It is another name for datadog_checks.checks: `checks.x` is the very module
 * datadog_checks.checks.x, so a class has one identity under both names. A finder rather than
 * modules made in advance, because importing datadog_checks.checks takes a while.
 */
#include "py/modules.h"

#include "py/fail.h"

/* In front of the finder for files: a folder `checks` on sys.path is most often a place for
 * custom checks, which would be imported as an empty namespace. */
static const char source[] =
    "import importlib\n"
    "import sys\n"
    "from importlib.machinery import ModuleSpec, PathFinder\n"
    "\n"
    "class AgentFiveFinder:\n"
    "    \"\"\"Finds the package 'checks' in datadog_checks.checks.\"\"\"\n"
    "\n"
    "    @classmethod\n"
    "    def find_spec(cls, name, path=None, target=None):\n"
    "        if name == 'checks' or name.startswith('checks.'):\n"
    "            return ModuleSpec(name, cls, origin='datadog_checks.' + name)\n"
    "\n"
    "    @staticmethod\n"
    "    def create_module(spec):\n"
    "        return None\n"
    "\n"
    "    @staticmethod\n"
    "    def exec_module(module):\n"
    "        real = importlib.import_module('datadog_checks.' + module.__name__)\n"
    "        sys.modules[module.__name__] = real\n"
    "\n"
    "at = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0\n"
    "sys.meta_path.insert(at, AgentFiveFinder)\n";

int modules_add_legacy(struct adder_error *err)
{
    REF *globals = Py_BuildValue("{s:s}", "__name__", "adder_legacy");
    REF *code = Py_CompileString(source, "<adder: package checks>", Py_file_input);
    REF *result = NULL;

    if (globals != NULL && code != NULL)
        result = PyEval_EvalCode(code, globals, globals);
    return result != NULL ? 0 : py_fail(err, "package 'checks'");
}
