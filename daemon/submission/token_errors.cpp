#include "daemon/submission/token_errors.hpp"

#include <algorithm>
#include <iterator>

namespace referrald::submission {
namespace {

// What several remedies end with; a macro, for only literals can be joined in a constant.
#define SIGN_IN_AGAIN \
  "sign in again with `referrald login`, or put a new refresh token into its file"

namespace remedy {
constexpr std::string_view sign_in = SIGN_IN_AGAIN;
constexpr std::string_view once_more = "run `referrald login` again";
constexpr std::string_view with_factor =
    SIGN_IN_AGAIN ", with the second factor that the tenant asks for";
constexpr std::string_view register_factor =
    "let the user register a second factor at https://aka.ms/mfasetup; then " SIGN_IN_AGAIN;
constexpr std::string_view new_password = "let the user set a new password; then " SIGN_IN_AGAIN;
constexpr std::string_view consent =
    "an administrator of the tenant must consent; then " SIGN_IN_AGAIN;
constexpr std::string_view policy =
    "let an administrator of the tenant look at its conditional access policies; "
    "then " SIGN_IN_AGAIN;
constexpr std::string_view account =
    "mend the account that signed in, or use another; then " SIGN_IN_AGAIN;
constexpr std::string_view renew_secret =
    "make a new client secret in the app registration and put it where client_secret points to";
constexpr std::string_view add_proof =
    "set partner_center.auth.client_secret or client_certificate, or allow public client flows "
    "in the app registration";
constexpr std::string_view remove_proof =
    "remove client_secret and client_certificate from partner_center.auth, or register the "
    "application as a confidential client";
constexpr std::string_view certificate =
    "upload the certificate of partner_center.auth.client_certificate to the app registration, "
    "or name the one that is there; `referrald check` says when it expires";
constexpr std::string_view clock = "set this machine's clock right";
constexpr std::string_view registration =
    "check partner_center.auth.client_id and tenant against the app registration";
constexpr std::string_view endpoint = "check partner_center.auth.authority and endpoint";
constexpr std::string_view permission =
    "give the app registration the delegated permission user_impersonation on the Partner Center "
    "API";
constexpr std::string_view tenant = "check partner_center.auth.tenant";
}  // namespace remedy

constexpr SignInError known_errors[] = {
    {"invalid_grant", 50020, "the account does not belong to the tenant", remedy::account},
    {"invalid_grant", 50034, "the account is not known in the tenant", remedy::account},
    {"invalid_grant", 50053, "the account cannot sign in: it is locked", remedy::account},
    {"invalid_grant", 50055, "the account's password has expired", remedy::new_password},
    {"invalid_grant", 50057, "the account cannot sign in: it is disabled", remedy::account},
    {"interaction_required", 50074, "multifactor authentication was not passed",
     remedy::with_factor},
    {"interaction_required", 50076, "multifactor authentication is asked for", remedy::with_factor},
    {"interaction_required", 50078, "the multifactor authentication has expired",
     remedy::with_factor},
    {"interaction_required", 50079, "multifactor authentication is asked for and not set up",
     remedy::register_factor},
    {"invalid_grant", 50105, "the account is not assigned to the application",
     "let an administrator of the tenant assign it; then " SIGN_IN_AGAIN},
    {"invalid_grant", 50126, "the account cannot sign in: user name or password is wrong",
     remedy::account},
    {"invalid_grant", 50132, "the session has ended: the password was changed or has expired",
     remedy::sign_in},
    {"invalid_grant", 50133, "the session has ended: the password was changed or has expired",
     remedy::sign_in},
    {"invalid_grant", 50173, "the refresh token has been revoked", remedy::sign_in},
    {"interaction_required", 53000, "a conditional access policy asks for a compliant device",
     remedy::policy},
    {"interaction_required", 53003, "a conditional access policy refuses the sign-in",
     remedy::policy},
    {"consent_required", 65001, "consent to the application's permissions is missing",
     remedy::consent},
    {"access_denied", 65004, "consent to the application's permissions was declined",
     remedy::consent},
    {"invalid_grant", 70008, "the refresh token has expired", remedy::sign_in},
    {"invalid_scope", 70011, "the scope is refused", remedy::permission},
    {"invalid_grant", 70043,
     "a conditional access policy has ended the session: people have to sign in every so often",
     remedy::sign_in},
    {"invalid_grant", 70044,
     "a conditional access policy has ended the session: people have to sign in every so often",
     remedy::sign_in},
    {"invalid_request", 90002, "the tenant is not known", remedy::tenant},
    {"consent_required", 90094, "the application needs an administrator's consent",
     remedy::consent},
    {"invalid_resource", 500011, "the Partner Center API is not known in the tenant",
     remedy::permission},
    {"unauthorized_client", 700016, "the application is not known in the tenant",
     remedy::registration},
    {"invalid_client", 700021, "the client assertion is of another application",
     remedy::registration},
    {"invalid_client", 700023, "the client assertion is for another token service",
     remedy::endpoint},
    {"invalid_client", 700024, "the client assertion is not valid at this time", remedy::clock},
    {"invalid_client", 700025,
     "a client secret or certificate was sent, and the app registration "
     "is of a public client",
     remedy::remove_proof},
    {"invalid_client", 700027,
     "the client certificate is refused: it is not registered, or has "
     "expired",
     remedy::certificate},
    {"invalid_grant", 700082, "the refresh token has expired: it was not used for too long",
     remedy::sign_in},
    {"unauthorized_client", 7000112, "the application is disabled",
     "let an administrator of the tenant enable it"},
    {"invalid_client", 7000215, "the client secret is refused: it is wrong", remedy::renew_secret},
    {"invalid_client", 7000218, "a client secret or certificate is asked for and none was sent",
     remedy::add_proof},
    {"invalid_client", 7000222, "the client secret is refused: it has expired",
     remedy::renew_secret},
    {"invalid_request", 9010010, "version 2 of the endpoint does not take a resource",
     remedy::endpoint},

    {"access_denied", 0, "it was declined in the browser", remedy::once_more},
    {"authorization_declined", 0, "it was declined in the browser", remedy::once_more},
    {"bad_verification_code", 0, "the code is not known", remedy::once_more},
    {"consent_required", 0, "consent to the application's permissions is missing", remedy::consent},
    {"expired_token", 0, "the code was not entered in time", remedy::once_more},
    {"interaction_required", 0, "a person is asked for", remedy::sign_in},
    {"invalid_client", 0, "the client secret is refused", remedy::renew_secret},
    {"invalid_grant", 0, "the refresh token is refused", remedy::sign_in},
    {"invalid_request", 0, "the request is refused", remedy::registration},
    {"invalid_resource", 0, "the resource is refused", remedy::permission},
    {"invalid_scope", 0, "the scope is refused", remedy::permission},
    {"login_required", 0, "a person is asked for", remedy::sign_in},
    {"unauthorized_client", 0, "the application is refused", remedy::registration},
    {"unsupported_grant_type", 0, "the kind of request is refused", remedy::registration},
    {"", 0, "the request is refused", remedy::registration},
};

#undef SIGN_IN_AGAIN

const SignInError& entry_of(std::int64_t code) {
  return *std::find_if(std::begin(known_errors), std::end(known_errors),
                       [&](const SignInError& entry) { return entry.code == code; });
}

}  // namespace

std::span<const SignInError> sign_in_errors() {
  return known_errors;
}

SignInError meaning_of(std::string_view error, std::optional<std::int64_t> code,
                       ClientProof proof) {
  if (code && *code != 0)
    for (const SignInError& entry : known_errors)
      if (entry.code == *code) return entry;
  if (error == "invalid_client" && proof == ClientProof::none) return entry_of(7000218);
  if (error == "invalid_client" && proof == ClientProof::certificate)
    return {error, 0, "the client certificate is refused", remedy::certificate};
  for (const SignInError& entry : known_errors)
    if (entry.code == 0 && (entry.error == error || entry.error.empty())) return entry;
  return std::end(known_errors)[-1];
}

}  // namespace referrald::submission
