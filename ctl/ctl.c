/* SPDX-License-Identifier: MIT */
/* Connecting to the daemon, calls, and error messages that say what to do. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/utf8.h"
#include "ctl/field.h"
#include "ctl/socket_path.h"

enum { CTL_ERROR_MAX = 1024 };

void ctl_error(const struct ctl *ctl, const char *format, ...)
{
	char text[CTL_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	terminal_clean(text);
	fprintf(stderr, "minerctl: %s\n", ctl->term.utf8 ? text : terminal_ascii(text));
}

int ctl_connect(struct ctl *ctl, int wait_ms, bool unattended)
{
	if (ctl->host)
		return client_open_ssh(&ctl->client, ctl->host, ctl->socket, unattended);
	return client_open(&ctl->client, ctl->socket ? ctl->socket : SOCKET_PATH_DEFAULT, wait_ms);
}

int ctl_unreachable(const struct ctl *ctl)
{
	const struct failure *failure = &ctl->client.failure;
	char advice[FAILURE_ADVICE_MAX];
	bool ours = !ctl->host && (!ctl->socket || strcmp(ctl->socket, SOCKET_PATH_DEFAULT) == 0);

	if (failure->reported) {
		ctl_error(ctl, "the daemon on %s cannot be reached", ctl->host);
		return CTL_NO_DAEMON;
	}
	ctl_error(ctl, "%s", failure->reason);
	strcpy(advice, failure->advice);
	if (!*advice && failure->silent && ours)
		snprintf(advice, sizeof(advice),
			 "Why: journalctl -u minerd. Restart it: "
			 "systemctl restart minerd");
	if (*advice)
		fprintf(stderr, "%s\n", ctl->term.utf8 ? advice : terminal_ascii(advice));
	return CTL_NO_DAEMON;
}

/* The names of all pools, when one was not found. */
static void ctl_say_pools(struct ctl *ctl)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	char names[CTL_ERROR_MAX] = "";
	struct json_object *pools;
	size_t n = 0;

	if (client_send(&ctl->client, CTL_INTERFACE ".Status", NULL, false) < 0 ||
	    client_receive(&ctl->client, &reply) < 0)
		return;
	pools = field(reply.parameters, "pools");
	for (size_t i = 0; i < field_length(pools) && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? ", " : "",
				      field_text(json_object_array_get_idx(pools, i), "name", "?"));
	ctl_error(ctl, "the pools are: %s", names);
}

/* The daemon's version; "?" when it does not tell it. */
static void ctl_ask_version(struct ctl *ctl, char *ret, size_t size)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

	snprintf(ret, size, "?");
	if (client_send(&ctl->client, VARLINK_SERVICE ".GetInfo", NULL, false) < 0 ||
	    client_receive(&ctl->client, &reply) < 0)
		return;
	snprintf(ret, size, "%s", field_text(reply.parameters, "version", "?"));
}

static int ctl_another_version(struct ctl *ctl, const struct varlink_reply *reply)
{
	char version[32];

	ctl_ask_version(ctl, version, sizeof(version));
	ctl_error(ctl,
		  "minerd %s has no method %s, which minerctl " MINERD_VERSION
		  " needs for \"%s\"; install the same version of both and restart minerd",
		  version, field_text(reply->parameters, "method", "of this name"), ctl->verb);
	return CTL_REFUSED;
}

int ctl_refused(struct ctl *ctl, const struct varlink_reply *reply)
{
	const char *error = reply->error;

	if (strcmp(error, CTL_INTERFACE ".Refused") == 0) {
		ctl_error(ctl, "%s: refused: %s", ctl->verb,
			  field_text(reply->parameters, "reason", "no reason given"));
	} else if (strcmp(error, CTL_INTERFACE ".NoSuchPool") == 0) {
		ctl_error(ctl, "no pool has the name \"%s\"",
			  field_text(reply->parameters, "name", "?"));
		ctl_say_pools(ctl);
	} else if (strcmp(error, VARLINK_SERVICE ".PermissionDenied") == 0) {
		ctl_error(ctl,
			  "%s: permission denied: it needs root, the user that minerd runs as, or "
			  "a member of group " CTL_GROUP " (usermod -aG " CTL_GROUP
			  " USER, then log in again)",
			  ctl->verb);
	} else if (strcmp(error, VARLINK_SERVICE ".MethodNotFound") == 0) {
		return ctl_another_version(ctl, reply);
	} else if (strcmp(error, VARLINK_SERVICE ".InterfaceNotFound") == 0) {
		client_foreign(&ctl->client, "it has no Varlink interface %s",
			       field_text(reply->parameters, "interface", CTL_INTERFACE));
		return ctl_unreachable(ctl);
	} else if (strcmp(error, VARLINK_SERVICE ".InvalidParameter") == 0) {
		ctl_error(ctl,
			  "%s: minerd does not accept parameter \"%s\": it may be of another "
			  "version",
			  ctl->verb, field_text(reply->parameters, "parameter", "?"));
	} else {
		ctl_error(ctl, "%s: minerd replied with error %s", ctl->verb, error);
	}
	return CTL_REFUSED;
}

int ctl_call(struct ctl *ctl, const char *method, struct json_object *parameters,
	     struct json_object **ret_parameters)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	char name[128];

	if (strchr(method, '.'))
		snprintf(name, sizeof(name), "%s", method);
	else
		snprintf(name, sizeof(name), "%s.%s", CTL_INTERFACE, method);
	if (client_send(&ctl->client, name, parameters, false) < 0 ||
	    client_receive(&ctl->client, &reply) < 0)
		return ctl_unreachable(ctl);
	if (reply.error) {
		if (ctl->json)
			ctl_print_json(ctl, reply.message, true);
		return ctl_refused(ctl, &reply);
	}
	*ret_parameters = json_object_get(reply.parameters);
	return CTL_OK;
}

int ctl_check_status(struct ctl *ctl, struct json_object *parameters)
{
	if (field_text(parameters, "state", NULL))
		return 0;
	return client_foreign(&ctl->client, "its reply to Status() has no \"state\"");
}

int ctl_status(struct ctl *ctl, struct json_object **ret_status)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_call(ctl, "Status", NULL, &status);

	if (r != CTL_OK)
		return r;
	if (ctl_check_status(ctl, status) < 0)
		return ctl_unreachable(ctl);
	*ret_status = TAKE(status);
	return CTL_OK;
}

void ctl_show(const struct ctl *ctl, struct json_object *status,
	      void (*view)(const struct terminal *term, struct json_object *status,
			   unsigned indent))
{
	struct page page;

	if (page_begin(&page, &ctl->term))
		view(&page.term, status, 0);
	ctl_show_page(ctl, &page);
}

void ctl_show_page(const struct ctl *ctl, struct page *page)
{
	CLEANUP(cleanup_free) char *text = page_end(page);

	if (text)
		fputs(text, ctl->term.out);
	else
		ctl_error(ctl, "out of memory");
}

/* JSON has an escape for each character, with surrogates above the first 65536. */
static void ctl_print_escaped(FILE *out, const char *text)
{
	size_t end = strlen(text), length;
	uint32_t character;

	for (size_t n = 0; n < end; n += MAX(length, (size_t)1)) {
		length = utf8_decode(&character, text + n, end - n);
		if (length < 2)
			fputc(length ? text[n] : '?', out);
		else if (character < 0x10000)
			fprintf(out, "\\u%04x", character);
		else
			fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (character >> 10),
				0xdc00 + (character & 0x3ff));
	}
}

void ctl_print_json(const struct ctl *ctl, struct json_object *object, bool indented)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_NOSLASHESCAPE |
				(indented ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : 0));

	if (ctl->term.utf8)
		fputs(text, ctl->term.out);
	else
		ctl_print_escaped(ctl->term.out, text);
	fputc('\n', ctl->term.out);
}
