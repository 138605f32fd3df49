#include "work/fields.h"

#define AT(member)    offsetof(struct message, member)
#define BYTES(member) FIELD_BYTES, AT(member), sizeof(((struct message *)NULL)->member)
#define REAL(member)  FIELD_REAL, AT(member), 0
#define TEXT(member)  FIELD_TEXT, AT(member), 0
#define ERROR(member) FIELD_ERROR, AT(member), 0

static const struct field nothing_fields[] = {
    {FIELD_END, 0, 0},
};

static const struct field spawn_fields[] = {
    {BYTES(spawn.supervisor)},
    {BYTES(spawn.threads)},
    {FIELD_END, 0, 0},
};

static const struct field ready_fields[] = {
    {TEXT(ready.python)},
    {TEXT(ready.modules)},
    {FIELD_END, 0, 0},
};

static const struct field load_fields[] = {
    {TEXT(load.name)},
    {TEXT(load.id)},
    {TEXT(load.source)},
    {TEXT(load.init_config)},
    {TEXT(load.instance)},
    {REAL(load.budget.cpu_s)},
    {BYTES(load.budget.memory_bytes)},
    {BYTES(load.budget.files)},
    {BYTES(load.budget.processes)},
    {BYTES(load.budget.threads)},
    {BYTES(load.budget.batch_bytes)},
    {BYTES(load.budget.samples)},
    {FIELD_END, 0, 0},
};

static const struct field run_fields[] = {
    {BYTES(run.run)},
    {TEXT(run.why)},
    {FIELD_END, 0, 0},
};

static const struct field hello_fields[] = {
    {BYTES(hello.pid)},
    {FIELD_END, 0, 0},
};

static const struct field loaded_fields[] = {
    {ERROR(loaded.error)}, {TEXT(loaded.version)}, {TEXT(loaded.module)},
    {TEXT(loaded.file)},   {TEXT(loaded.imports)}, {FIELD_END, 0, 0},
};

static const struct field started_fields[] = {
    {BYTES(started.run)},
    {BYTES(started.thread)},
    {FIELD_END, 0, 0},
};

static const struct field done_fields[] = {
    {BYTES(done.run)},
    {ERROR(done.error)},
    {FIELD_BOOL, AT(done.committed), 0},
    {REAL(done.wall_s)},
    {REAL(done.cpu_s)},
    {BYTES(done.memory)},
    {BYTES(done.dropped_records)},
    {BYTES(done.dropped_tags)},
    {FIELD_TEXTS, AT(done.warnings), 0},
    {TEXT(done.imports)},
    {TEXT(done.batch)},
    {FIELD_END, 0, 0},
};

static const struct field diagnoses_fields[] = {
    {ERROR(diagnoses.error)},
    {TEXT(diagnoses.json)},
    {FIELD_END, 0, 0},
};

static const struct field over_fields[] = {
    {BYTES(over.run)},  {FIELD_CHOICE, AT(over.part), BUDGET_PARTS},
    {REAL(over.value)}, {REAL(over.limit)},
    {FIELD_END, 0, 0},
};

static const struct field crash_fields[] = {
    {BYTES(crash.run)},
    {BYTES(crash.signal)},
    {FIELD_END, 0, 0},
};

_Static_assert(sizeof(struct adder_memory) == 8 * sizeof(uint64_t), "no padding");

const struct field *const message_fields[MESSAGE_TYPES] = {
    [MESSAGE_SPAWN] = spawn_fields,      [MESSAGE_READY] = ready_fields,
    [MESSAGE_LOAD] = load_fields,        [MESSAGE_RUN] = run_fields,
    [MESSAGE_INTERRUPT] = run_fields,    [MESSAGE_DROP] = nothing_fields,
    [MESSAGE_DIAGNOSE] = nothing_fields, [MESSAGE_STOP] = nothing_fields,
    [MESSAGE_HELLO] = hello_fields,      [MESSAGE_LOADED] = loaded_fields,
    [MESSAGE_STARTED] = started_fields,  [MESSAGE_DONE] = done_fields,
    [MESSAGE_DROPPED] = nothing_fields,  [MESSAGE_DIAGNOSES] = diagnoses_fields,
    [MESSAGE_OVER] = over_fields,        [MESSAGE_CRASH] = crash_fields,
};
