/* SPDX-License-Identifier: MIT */
/* bitcoin/address: the test vectors of BIP 173 and BIP 350, and those of Bitcoin Core for base58.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/address.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"

static void check_right(const char *text, const char *script)
{
	char digits[2 * ADDRESS_SCRIPT_MAX + 1];
	struct address address;
	const char *wrong = address_parse(&address, text);

	ck_assert_msg(!wrong, "%s: %s", text, wrong);
	ck_assert_ptr_null(address_wrong(text));
	hex_encode(digits, address.script, address.script_size);
	ck_assert_str_eq(digits, script);
}

static void check_wrong(const char *text, const char *why)
{
	const char *wrong = address_wrong(text);

	ck_assert_msg(wrong && strstr(wrong, why), "%s: \"%s\" is not \"%s\"", text,
		      wrong ? wrong : "right", why);
}

START_TEST(witness_programs)
{
	static const struct {
		const char *text, *script;
	} right[] = {
		/* BIP 350 */
		{"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
		 "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
		{"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
		 "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"},
		{"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
		 "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433"
		 "b"
		 "d6"},
		{"BC1SW50QGDZ25J", "6002751e"},
		{"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"},
		{"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
		 "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
		{"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
		 "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
		{"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		 "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
		/* regtest */
		{"bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9",
		 "00146f58bac9506f9bfb821d62e69330410bb56f0085"},
		{"bcrt1qan8gntac7z7me2ejt4hpru42ad2f759fmy0m3ejvs98656znv7eqga4uhv",
		 "0020ecce89afb8f0bdbcab325d6e11f2aaeb549f50a9d91fb8e64c814faa685367b2"},
		{"bcrt1pfwxjqvtt4tcxrtdluukfmy2dv7xd2qzdfy6kajv5nwn4yam3wxkq3553uh",
		 "51204b8d20316baaf061adbfe72c9d914d678cd5004d49356ec9949ba752777171ac"},
		{"bcrt1sx6p8njlx7h9mc2agz4yg82dzne23050ncq72cneeecez2pst8mahn8xecsf8g6hzx94420",
		 "6028368279cbe6f5cbbc2ba8154883a9a29e5517d1f3c03cac4f39ce3225060b3efb799cd9c412746"
		 "a"
		 "e2"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		char flipped[ADDRESS_TEXT_MAX + 1] = "";

		check_right(right[i].text, right[i].script);
		for (size_t k = 0; right[i].text[k]; k++) {
			int c = (unsigned char)right[i].text[k];

			flipped[k] = (char)(islower(c) ? toupper(c) : tolower(c));
		}
		check_right(flipped, right[i].script);
	}
}
END_TEST

/* Each form of address, and of capital letters: which chains it pays on. */
START_TEST(networks)
{
	static const unsigned tests = ADDRESS_OF_TEST | ADDRESS_OF_REGTEST;
	static const struct {
		const char *text;
		unsigned networks;
	} known[] = {
		{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ADDRESS_OF_MAIN},
		{"36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", ADDRESS_OF_MAIN},
		{"mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", tests},
		{"n4fajahJrAuKbN7uNsKjLjQkz9Qn5ewJXQ", tests},
		{"2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK", tests},
		{"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", ADDRESS_OF_MAIN},
		{"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", ADDRESS_OF_MAIN},
		{"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", ADDRESS_OF_TEST},
		{"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c", ADDRESS_OF_TEST},
		{"bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9", ADDRESS_OF_REGTEST},
		{"BCRT1QDAVT4J2SD7DLHQSAVTNFXVZPPW6K7QY97TMNU9", ADDRESS_OF_REGTEST},
		{"bcrt1pfwxjqvtt4tcxrtdluukfmy2dv7xd2qzdfy6kajv5nwn4yam3wxkq3553uh",
		 ADDRESS_OF_REGTEST},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct address address;

		ck_assert_ptr_null(address_parse(&address, known[i].text));
		ck_assert_uint_eq(address.networks, known[i].networks);
	}
}
END_TEST

START_TEST(no_witness_programs)
{
	/* BIP 350, in its order. */
	check_wrong("tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut", "network");
	check_wrong("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
		    "that of bech32, and version 1");
	check_wrong("tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
		    "that of bech32, and version 1");
	check_wrong("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
		    "that of bech32, and version 1");
	check_wrong("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "that of bech32m, and version 0");
	check_wrong("tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
		    "that of bech32m, and version 0");
	check_wrong("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
		    "a character that bech32 has not");
	check_wrong("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
		    "version is above 16");
	check_wrong("bc1pw5dgrnzv", "2 to 40 bytes");
	check_wrong("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
		    "2 to 40 bytes");
	check_wrong("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "version 0 has 20 or 32 bytes");
	check_wrong("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
		    "capital and small");
	check_wrong("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
		    "mean nothing");
	check_wrong("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
		    "mean nothing");
	check_wrong("bc1gmk9yu", "too short");
	/* BIP 173, where its list has others. */
	check_wrong("tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", "network");
	check_wrong("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum is wrong");
	check_wrong("BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2", "version is above 16");
	check_wrong("bc1rw5uspcuh", "that of bech32, and version 1");
	check_wrong("tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
		    "capital and small");
	check_wrong("bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du", "that of bech32, and version 1");
	check_wrong("tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
		    "mean nothing");
	check_wrong("bc1", "too short");
	check_wrong("bc1q", "too short");
}
END_TEST

START_TEST(base58)
{
	/* The first of each kind, and those of the longest and the shortest text. */
	check_right("1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo",
		    "76a914a31c06bd463e3923bc1aadbde48b16976c08071788ac");
	check_right("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
		    "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac");
	check_right("1111111111111111111114oLvT2",
		    "76a914000000000000000000000000000000000000000088ac");
	check_right("36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm",
		    "a914373b819a068f32b7a6b38b6b38729647cfde01c287");
	check_right("mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ",
		    "76a914ce28b26c57472737f5c3561a1761185bd8589a4388ac");
	check_right("n4fajahJrAuKbN7uNsKjLjQkz9Qn5ewJXQ",
		    "76a914fdeca3b08e38af53d7c4c60e3ad208ce5066441088ac");
	check_right("2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK",
		    "a914ce0bba75891ff9ec60148d4bd4a09ee2dc5c933187");
	check_right("2MxFajLApXpYk4VodBSZSt7rw8y4ryABkfA",
		    "a91436e9f191e0b75036a77f65e2eaa4752443233fbe87");
}
END_TEST

START_TEST(no_base58)
{
	check_wrong("", "empty");
	check_wrong("x", "network");
	check_wrong("1", "too long or too short");
	check_wrong("111111111111111111114oLvT2", "too long or too short");
	check_wrong("11111111111111111111114oLvT2", "too long or too short");
	check_wrong("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum is wrong");
	check_wrong("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN0", "a character that base58 has not");
	check_wrong("1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf a", "a character that base58 has not");
	check_wrong("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNaa", "too long or too short");
	/* A private key, which nobody should write there; other networks and forms. */
	check_wrong("5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9", "network");
	check_wrong("1GAdfviErV2Ew95FPtZyikz2qGP3gyCB6Hyu94sedAkPpA523m3fQwps9YKUZkKgQckGPKhRsFR",
		    "too long or too short");
	check_wrong("2jDPrDfAKihCGPbPD9ztY8TswAia4V8Bc6vx", "too long or too short");
	check_wrong("2NDNP7GY59tTJPZTpbkprhM9SR99Nn5rUs7", "checksum is wrong");
	check_wrong("mHjbF25K1rfqYmt16SjDJoRf9BxZR5a8Jr", "version byte");
	check_wrong("nSdvLCPwKNfYptDKN7YrqAGnDJVo4ciQkp", "version byte");
	check_wrong("2MVTrwFQoNC4K4cjNB73JXTZXe4rjrvercu", "version byte");
	check_wrong("3noyxgoQ4FYg8wS8meF5RsRPVqBohYeHtt", "version byte");
	check_wrong("AZEah8d1EK362okRBS66e8SvdtYkrE8tsX", "network");
	check_wrong("b\xc3\xa9", "network");
	check_wrong("1\xc3\xa9", "a character that base58 has not");
	check_wrong("bc1\xc3\xa9qqqqqqqq", "a character that bech32 has not");
	check_wrong("11111111111111111111111111111111111111111111111111111111111111111111111111111"
		    "11111111111111",
		    "longer than any");
}
END_TEST

/* Whatever single character is mistyped, or the text is cut: it is seen. */
START_TEST(slips_of_the_pen)
{
	static const char *const right[] = {
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		"bcrt1qdavt4j2sd7dlhqsavtnfxvzppw6k7qy97tmnu9",
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		char text[ADDRESS_TEXT_MAX + 1];
		size_t n = strlen(right[i]);

		for (size_t k = 0; k < n; k++) {
			strcpy(text, right[i]);
			for (int c = ' '; c < 0x7f; c++) {
				text[k] = (char)c;
				if (c != right[i][k])
					ck_assert_msg(address_wrong(text) != NULL, "%s", text);
			}
			text[k] = '\0';
			ck_assert_msg(address_wrong(text) != NULL, "%s", text);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *tests = tcase_create("address");

	tcase_add_test(tests, witness_programs);
	tcase_add_test(tests, networks);
	tcase_add_test(tests, no_witness_programs);
	tcase_add_test(tests, base58);
	tcase_add_test(tests, no_base58);
	tcase_add_test(tests, slips_of_the_pen);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
