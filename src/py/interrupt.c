#include "py/interrupt.h"

#include "core/str.h"
#include "py/convert.h"

static PyObject *base; /* adder.Interrupted, for the life of the interpreter */

static PyObject *text_of(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

static PyMethodDef say = {"__str__", text_of, METH_NOARGS, NULL};

static PyObject *make_base(void)
{
    if (base == NULL)
        base = PyErr_NewExceptionWithDoc("adder.Interrupted",
                                         "The agent wants the check's run to end.",
                                         PyExc_BaseException, NULL);
    return base;
}

/* CPython instantiates what another thread raises, so the text has to be in the class: each
 * interrupt has one of its own. A built-in function is no method, it keeps its own `self`. */
static PyObject *make_class(const char *why)
{
    REF *text = py_str(str_of(why));
    REF *function = text != NULL ? PyCFunction_New(&say, text) : NULL;
    REF *names = function != NULL ? Py_BuildValue("{sO}", say.ml_name, function) : NULL;

    if (names == NULL || make_base() == NULL)
        return NULL;
    return PyErr_NewException("adder.Interrupted", base, names);
}

void interruptible_begin(struct interruptible *i)
{
    *i = (struct interruptible){.thread = PyThread_get_thread_ident()};
}

/* An exception that came too late must not stay for what this thread does next. */
void interruptible_end(struct interruptible *i)
{
    if (i->hit)
        PyThreadState_SetAsyncExc(i->thread, NULL);
    i->thread = 0;
}

bool interruptible_hit(struct interruptible *i, const char *why)
{
    REF *class = NULL;

    if (i->thread == 0)
        return false;
    class = make_class(why);
    /* Making it may have let another thread run, and the call end. */
    if (class == NULL || i->thread == 0)
        return false;
    i->hit = PyThreadState_SetAsyncExc(i->thread, class) > 0;
    return i->hit;
}

bool interrupted(void)
{
    return base != NULL && PyErr_ExceptionMatches(base);
}
