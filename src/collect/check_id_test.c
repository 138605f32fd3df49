#include "collect/check_id.h"

#include "core/err.h"
#include "core/str.h"
#include "core/testing.h"

#define LOGS "[{\"service\":\"any_service\",\"source\":\"any_source\"}]"

/* What the Agent computes for the same configurations. */
static const struct {
    const char *check, *instances[2], *init_config, *logs;
    uint64_t digest; /* 0: not known */
    const char *name;
    const char *ids[2];
} vectors[] = {
    {"", {NULL}, "", "", 0xc4bf6d05e5b795e4, NULL, {NULL}},
    {"foo", {NULL}, "", "", 0x6eba821f0cd8c6d0, NULL, {NULL}},
    {"foo", {NULL}, "", LOGS, 0x68db1fd44ee9e556, NULL, {NULL}},
    {"foo", {"tags:\n- foo\n- foo:bar\n"}, "", "", 0xacf96a2e562b1adf, NULL, {NULL}},
    {"fake_check",
     {"{\"value\": 1}"},
     "{}",
     "",
     0x17be9ef0d617eb0f,
     NULL,
     {"fake_check:e47a8152a322bb"}},
    {"chk", {"name: foo\n"}, "{}", "", 0xd30b981401aa5447, "foo", {"chk:foo:949c729e10178d5c"}},
    {"foo", {"foo: bar\n"}, "", "", 0x5a103dc1779d2b58, NULL, {"foo:a1ef06a6e6dc1329"}},
    {"foo",
     {"foo: bar\n", "foo: baz\n"},
     "",
     "",
     0x09dc05696f201aac,
     NULL,
     {"foo:9dd4033a60a0afc8", "foo:9dd40b3a60a0bd50"}},
    {"http_check",
     {"name: Main\nurl: http://example.com\n"},
     "",
     "",
     0,
     "Main",
     {"http_check:Main:18583014b3545835"}},
    {"disk", {"use_mount: false\n"}, "", "", 0, NULL, {"disk:67cc0574430a16ba"}},
    {"network",
     {"collect_connection_state: false\n"},
     "",
     "",
     0,
     "",
     {"network:d8cef3d649fc948a"}},
    {"ntp", {"{}\n"}, "", "", 0, NULL, {"ntp:3c427a42a70bbf8"}},
    {"cpu", {"{}\n"}, "", "", 0, NULL, {"cpu:e331d61ed1323219"}},
    {"uptime", {"{}\n"}, "", "", 0, NULL, {"uptime:c72f390abdefdf1a"}},
    {"load", {"{}\n"}, "", "", 0, NULL, {"load:bf7cea93fb3aa780"}},
};

static void digests_and_ids_are_those_of_the_agent(void **state)
{
    struct adder_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct adder_str instances[2] = {str_of(vectors[i].instances[0]),
                                         str_of(vectors[i].instances[1])};
        struct digest_input in = {.name = str_of(vectors[i].check),
                                  .instances = instances,
                                  .instance_count = (instances[0].ptr != NULL) +
                                                    (size_t)(instances[1].ptr != NULL),
                                  .init_config = str_of(vectors[i].init_config),
                                  .logs = str_of(vectors[i].logs)};
        uint64_t digest;

        assert_int_equal(config_digest(&in, &digest, &err), 0);
        if (vectors[i].digest != 0)
            assert_int_equal(digest, vectors[i].digest);
        for (size_t k = 0; k < 2 && vectors[i].ids[k] != NULL; k++) {
            AUTOFREE char *id = check_id(vectors[i].check, vectors[i].name, digest,
                                         instances[k], in.init_config);

            assert_string_equal(id, vectors[i].ids[k]);
        }
    }
}

static void an_id_is_fnv1_over_digest_instance_and_init_config(void **state)
{
    AUTOFREE char *id =
        check_id("fake_check", NULL, 1, str_of("{\"val\": 21}"), str_of("{\"val\": 21}"));

    (void)state;
    assert_string_equal(id, "fake_check:a1436cb2d93589ec");
}

static void identifiers_and_tag_flag_change_the_digest(void **state)
{
    struct adder_str identifiers[] = {str_of("redis"), str_of("valkey")};
    struct digest_input in = {.name = str_of("foo")};
    struct adder_error err;
    uint64_t plain, identified, ignoring;

    (void)state;
    assert_int_equal(config_digest(&in, &plain, &err), 0);
    in.ad_identifiers = identifiers;
    in.ad_identifier_count = ARRAY_LEN(identifiers);
    assert_int_equal(config_digest(&in, &identified, &err), 0);
    in.ignore_autodiscovery_tags = true;
    assert_int_equal(config_digest(&in, &ignoring, &err), 0);
    assert_int_not_equal(plain, identified);
    assert_int_not_equal(identified, ignoring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_and_ids_are_those_of_the_agent),
        cmocka_unit_test(an_id_is_fnv1_over_digest_instance_and_init_config),
        cmocka_unit_test(identifiers_and_tag_flag_change_the_digest),
    };

    return cmocka_run_group_tests_name("check_id", tests, NULL, NULL);
}
