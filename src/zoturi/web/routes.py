"""Every URL on one page, each with the permission it needs."""

from __future__ import annotations

from aiohttp import web

from zoturi.domain.access import check_declared
from zoturi.web import (
    accounts,
    call_me,
    chat_forms,
    desk,
    embedding,
    handover,
    handover_forms,
    health,
    help_answer,
    help_button,
    manage_audit,
    manage_dropped,
    manage_embed,
    manage_figures,
    manage_hours,
    manage_now,
    manage_services,
    manage_site,
    manage_workers,
    own_account,
    records,
    returning,
    screening,
    services,
    visitor,
)  # fmt: skip
from zoturi.web.keys import ASSETS
from zoturi.web.middleware import permitted


async def asset(request: web.Request) -> web.Response:
    """A static file of the present version."""
    return request.app[ASSETS].response(
        request.match_info["version"], request.match_info["name"], request.headers.get("Accept-Encoding", "")
    )


ROUTES = (
    ("GET", "/", visitor.front_door, "public.read"),
    ("GET", "/theme.css", visitor.theme, "public.read"),
    ("GET", "/embed.js", embedding.script, "public.read"),
    ("GET", "/help", embedding.door, "public.read"),
    ("GET", "/exit", visitor.leave, "public.read"),
    ("GET", "/{lang:[a-zA-Z_]{2,10}}/", visitor.home, "public.read"),
    # Addresses with a language are tried one after another: those that are asked for most stand first.
    ("GET", "/{lang}/chat", visitor.chat, "public.chat"),
    ("POST", "/{lang}/chat", visitor.open_chat, "public.chat"),
    ("GET", "/{lang}/worry-test", screening.start, "public.read"),
    ("POST", "/{lang}/worry-test", screening.answer, "public.read"),
    ("GET", "/{lang}/help", help_button.start, "public.help"),
    ("POST", "/{lang}/help", help_button.press, "public.help"),
    ("POST", "/{lang}/chat/messages", chat_forms.message, "public.chat"),
    ("GET", "/{lang}/chat/entries", chat_forms.entries, "public.chat"),
    ("POST", "/{lang}/chat/not-safe", chat_forms.not_safe, "public.chat"),
    ("POST", "/{lang}/chat/leave", chat_forms.leave, "public.chat"),
    ("POST", "/{lang}/chat/erase", chat_forms.erase, "public.chat"),
    ("POST", "/{lang}/chat/code", chat_forms.code, "public.chat"),
    ("POST", "/{lang}/chat/shared", chat_forms.shared, "public.chat"),
    ("POST", "/{lang}/chat/handover", handover_forms.answer, "public.chat"),
    ("GET", "/{lang}/chat/{form:[a-z-]+}", chat_forms.back_to_chat, "public.chat"),
    ("GET", "/{lang}/return", returning.page, "public.chat"),
    ("POST", "/{lang}/return", returning.come_back, "public.chat"),
    ("POST", "/{lang}/chat/feedback", visitor.feedback, "public.chat"),
    ("GET", "/{lang}/help/answer", help_answer.page, "public.chat"),
    ("POST", "/{lang}/help/answer/messages", help_answer.message, "public.chat"),
    ("POST", "/{lang}/help/answer/code", help_answer.code, "public.chat"),
    ("POST", "/{lang}/help/answer/shared", help_answer.shared, "public.chat"),
    ("GET", "/{lang}/help/answer/withdraw", help_answer.ask_withdraw, "public.chat"),
    ("POST", "/{lang}/help/answer/withdraw", help_answer.withdraw, "public.chat"),
    ("GET", "/{lang}/help/answer/erase", help_answer.ask_erase, "public.chat"),
    ("POST", "/{lang}/help/answer/erase", help_answer.erase, "public.chat"),
    ("GET", "/{lang}/help/answer/{form:[a-z-]+}", help_answer.back, "public.chat"),
    ("GET", "/{lang}/help/receipt", help_button.receipt, "public.help"),
    ("GET", "/{lang}/call-me", call_me.page, "public.help"),
    ("POST", "/{lang}/call-me", call_me.press, "public.help"),
    ("GET", "/{lang}/services", services.page, "public.read"),
    ("POST", "/{lang}/services", services.page, "public.read"),
    ("GET", "/{lang}/services/{service_id:[a-z0-9_-]+}", services.one, "public.read"),
    ("GET", "/{lang}/exit-help", visitor.exit_help, "public.read"),
    ("GET", "/{lang}/privacy", visitor.privacy, "public.read"),
    ("GET", "/{lang}/accessibility", visitor.accessibility, "public.read"),
    ("GET", "/handover/{token}", handover.page, "handover.receive"),
    ("GET", "/handover/{token}/print", handover.print_view, "handover.receive"),
    ("POST", "/handover/{token}/open", handover.open_it, "handover.receive"),
    ("POST", "/handover/{token}/accept", handover.accept, "handover.receive"),
    ("POST", "/handover/{token}/decline", handover.decline, "handover.receive"),
    ("POST", "/handover/{token}/link", handover.ask_for_link, "handover.receive"),
    ("GET", "/desk/login", accounts.login_page, "staff.sign_in"),
    ("POST", "/desk/login", accounts.sign_in, "staff.sign_in"),
    ("GET", "/desk/welcome/{token}", accounts.welcome_page, "staff.sign_in"),
    ("POST", "/desk/welcome/{token}", accounts.welcome, "staff.sign_in"),
    ("POST", "/desk/logout", accounts.sign_out, "staff.session"),
    ("GET", "/desk", desk.desk, "staff.session"),
    ("GET", "/desk/account", own_account.page, "staff.session"),
    ("POST", "/desk/account/sessions", own_account.end_sessions, "staff.session"),
    ("POST", "/desk/account/password", own_account.change_password, "staff.session"),
    ("POST", "/desk/account/codes", own_account.new_codes, "staff.session"),
    ("POST", "/desk/account/absence", own_account.set_absence, "staff.session"),
    ("GET", "/desk/session", own_account.time_left, "staff.quiet"),
    ("POST", "/desk/still-here", own_account.still_here, "staff.session"),
    ("GET", "/desk/contacts/{contact_id}/print", records.print_view, "queue.work"),
    ("GET", "/manage", manage_workers.front, "manage.see"),
    ("GET", "/manage/workers", manage_workers.everybody, "manage.accounts"),
    ("POST", "/manage/workers", manage_workers.add, "manage.accounts"),
    ("GET", "/manage/workers/{worker_id}", manage_workers.one, "manage.accounts"),
    ("POST", "/manage/workers/{worker_id}", manage_workers.change, "manage.accounts"),
    ("POST", "/manage/workers/{worker_id}/absence", manage_workers.set_absence, "manage.accounts"),
    ("POST", "/manage/workers/{worker_id}/link", manage_workers.new_link, "manage.accounts"),
    ("POST", "/manage/workers/{worker_id}/reset", manage_workers.reset, "manage.accounts"),
    ("POST", "/manage/workers/{worker_id}/sessions", manage_workers.end_sessions, "manage.accounts"),
    ("GET", "/manage/audit", manage_audit.page, "manage.audit"),
    ("GET", "/manage/now", manage_now.page, "manage.queue"),
    ("GET", "/manage/now/live", manage_now.live, "manage.queue.quiet"),
    ("POST", "/manage/now/close", manage_now.close_early, "manage.queue"),
    ("POST", "/manage/now/open", manage_now.open_again, "manage.queue"),
    ("POST", "/manage/now/{contact_id}/release", manage_now.release, "manage.queue"),
    ("POST", "/manage/now/{contact_id}/reassign", manage_now.reassign, "manage.queue"),
    ("GET", "/manage/contacts/{contact_id}", manage_now.contact, "manage.queue"),
    ("POST", "/manage/contacts/{contact_id}", manage_now.read, "manage.queue"),
    ("POST", "/manage/contacts/{contact_id}/print", manage_now.print_view, "manage.queue"),
    ("GET", "/manage/dropped", manage_dropped.page, "manage.queue"),
    ("GET", "/manage/dropped/live", manage_dropped.live, "manage.queue.quiet"),
    ("GET", "/manage/embed", manage_embed.page, "manage.see"),
    ("GET", "/manage/poster", manage_embed.poster, "manage.see"),
    ("GET", "/manage/hours", manage_hours.page, "manage.hours"),
    ("POST", "/manage/hours", manage_hours.change, "manage.hours"),
    ("POST", "/manage/hours/file", manage_hours.take_back, "manage.hours"),
    ("GET", "/manage/figures", manage_figures.page, "manage.figures"),
    ("GET", "/manage/figures.csv", manage_figures.file, "manage.figures"),
    ("GET", "/manage/services", manage_services.everything, "manage.site"),
    ("POST", "/manage/services", manage_services.add, "manage.site"),
    ("GET", "/manage/services/new", manage_services.new, "manage.site"),
    ("GET", "/manage/services/{service_id}", manage_services.one, "manage.site"),
    ("POST", "/manage/services/{service_id}", manage_services.change, "manage.site"),
    ("POST", "/manage/services/{service_id}/pin", manage_services.pin, "manage.site"),
    ("GET", "/manage/site", manage_site.page, "manage.site"),
    ("POST", "/manage/site/look", manage_site.look, "manage.site"),
    ("POST", "/manage/site/areas", manage_site.areas, "manage.site"),
    ("POST", "/manage/site/lines", manage_site.lines, "manage.site"),
    ("POST", "/manage/site/file", manage_site.take_back, "manage.site"),
    ("GET", "/static/{version}/{name:.+}", asset, "operations.health"),
    ("GET", "/health/live", health.live, "operations.health"),
    ("GET", "/health/ready", health.ready, "operations.health"),
    ("GET", "/metrics", health.metrics, "operations.metrics"),
    ("GET", "/{lang:[a-zA-Z_]{2,10}}", visitor.without_slash, "public.read"),
)


def add_routes(app: web.Application) -> None:
    """Register every route; one without a known permission stops the start."""
    for method, path, handler, permission in ROUTES:
        check_declared(f"{method} {path}", permission)
        checked = permitted(handler, permission)
        if method == "GET":
            app.router.add_get(path, checked)  # with HEAD, which link checkers use
        else:
            app.router.add_route(method, path, checked)
