package httpapi

import (
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/partner"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// table is every URL of the product with its access rule. Territory and
// ownership are narrowed behind it, by the feature that the route calls.
func (a *API) table() []Route {
	return slices.Concat(
		a.signInRoutes(), a.placeRoutes(), a.partnerRoutes(),
		a.donationRoutes(), a.deviceRoutes(), a.applicationRoutes(), a.matchRoutes(), a.deliveryRoutes(), a.deskRoutes(),
		a.publicPages(), a.familyPages(), a.donorPages(), a.benchPages(), a.greeterPages(), a.prescriberPages(), a.partnerPages(), a.privacyPages(), a.operatorRoutes(),
	)
}

// formsAnHour is how often one address may send a form that is open to all: a
// class behind one address gets through.
const formsAnHour = 60

func (a *API) applicationRoutes() []Route {
	prescriber := only(people.PrescriberOf)
	return []Route{
		post("/api/applications", anyone().limited(formsAnHour), "submitApplication", "Ask for a device", create(a.Applications.Submit, "/api/applications/")),
		get("/api/applications", desk(), "listApplications", "Applications of the desk", do(a.Applications.List)),
		get("/api/applications/:id", desk(), "getApplication", "One application, opened", do(a.Applications.Get)),
		get("/api/applications/:id/duplicates", desk(), "listDuplicates", "Applications that look alike", do(a.Applications.Duplicates)),
		get("/api/applications/:id/why-not", only(people.Coordinator, people.Administrator, people.Student, people.Guardian), "whyNotApplication", "Why nothing is proposed yet", do(a.Matches.WhyNot)),
		get("/api/applications/:id/why-not-device", desk(), "whyNotDevice", "Why it did not get this device", do(a.Matches.WhyNotDevice)),
		post("/api/applications/:id/verify", desk(), "verifyApplication", "Decide whether it is eligible", do(a.Applications.Verify)),
		post("/api/applications/:id/review", desk(), "reviewApplication", "Look at a refusal again", do(a.Applications.Review)),
		post("/api/applications/:id/replace", desk(), "replaceApplication", "Let a student whose device came back or is gone wait for another", do(a.Applications.Replace)),
		post("/api/applications/:id/tie", desk(), "declareTie", "Say that one is kin or close to the family, and decides nothing about it", do(a.Applications.DeclareTie)),
		post("/api/applications/:id/hold", desk(), "holdApplication", "Note a problem", do(a.Applications.Hold)),
		post("/api/applications/:id/clear-hold", desk(), "clearHold", "A problem is solved", do(a.Applications.ClearHold)),
		post("/api/applications/:id/ask-attestation", only(people.Coordinator, people.Administrator, people.Student, people.Guardian), "askAttestation", "Ask a prescriber to attest", do(a.Applications.AskAttestation)),
		post("/api/applications/:id/ask-guardian", only(people.Coordinator, people.Administrator, people.Student, people.Guardian), "askGuardian", "Ask a parent or guardian to agree", do(a.Applications.AskGuardian)),
		get("/api/applications/:id/consent-sheet", only(people.Coordinator, people.Administrator, people.PrescriberOf), "getConsentSheet", "The sheet that a guardian signs", do(a.Applications.ConsentSheet)),
		post("/api/applications/:id/paper-consent", only(people.Coordinator, people.Administrator, people.PrescriberOf), "notePaperConsent", "A guardian has signed on paper", do(a.Applications.PaperConsent)),
		post("/api/applications/:id/paper-code", only(people.Coordinator, people.Administrator, people.PrescriberOf), "printCode", "A sign-in code on paper", do(a.Applications.PaperCode)),
		post("/api/applications/:id/household", only(people.Coordinator, people.Administrator, people.Student, people.Guardian), "answerHousehold", "Whether it is of the household it names", do(a.Applications.AnswerHousehold)),
		post("/api/applications/:id/withdraw", family(), "withdrawApplication", "Take it back", do(a.Applications.Withdraw)),
		post("/api/applications/:id/answer", family(), "answerQuestion", "Answer what the desk asks", do(a.Applications.AnswerQuestion)),
		post("/api/applications/:id/ask-review", family(), "askReview", "Ask that somebody else reads a refusal again", do(a.Applications.AskReview)),
		post("/api/applications/:id/contact", family(), "correctContact", "Correct how to be reached", do(a.Applications.CorrectContact)),
		post("/api/applications/:id/agree", family(), "agreeToReferral", "Agree to a referral", do(a.Applications.Agree)),
		post("/api/applications/:id/new-link", family(), "renewStatusLink", "End the status link and make another", do(a.Applications.RevokeLink)),
		get("/api/applications/:id/status", family().orLink(), "getStatus", "Where it stands, for the family", do(a.Applications.Status)),

		get("/api/grids", anyone(), "listGrids", "Versions of the priorities, newest first", do(a.Applications.Grids)),
		get("/api/grids/:id", anyone(), "getGrid", "One version of the priorities", do(a.Applications.ReadGrid)),
		post("/api/grids", admin(), "publishGrid", "Publish a new version of the priorities", create(a.Applications.PublishGrid, "/api/grids/")),
		post("/api/grids/preview", admin(), "previewGrid", "What a draft of the priorities would change", do(a.Applications.PreviewGrid)),

		get("/api/my/data", family(), "getMyData", "All that is kept on one, to take along", do(a.Privacy.Mine)),
		post("/api/my/erasure", family(), "eraseMe", "Be forgotten", do(a.Privacy.Erase)),
		get("/api/my/applications", family(), "listMyApplications", "The family's own applications", do(a.Applications.Mine)),
		get("/api/status-links/:link", anyone(), "followStatusLink", "Where it stands, through a status link", do(a.Applications.Follow)),
		get("/api/guardian-links/:link", anyone(), "readGuardianLink", "What a guardian is asked to agree to", do(a.Applications.ToAgree)),
		post("/api/guardian-agreements", anyone().limited(formsAnHour), "guardianAgree", "A guardian agrees", do(a.Applications.GuardianAgree)),

		get("/api/attestation-links/:link", anyone(), "readAttestationLink", "What a prescriber is asked to attest", do(a.Applications.ToAttest)),
		post("/api/attestations", anyone().limited(formsAnHour), "attestByLink", "Attest by a one-time link", do(a.Applications.Attest)),
		post("/api/applications/:id/attest", prescriber, "attest", "Attest a need", do(a.Applications.Attest)),
		get("/api/referrals", prescriber, "listReferrals", "Applications that a structure refers or attests", do(a.Applications.Referred)),
		post("/api/referrals", prescriber, "refer", "Refer students", do(a.Applications.Refer)),
	}
}

func (a *API) matchRoutes() []Route {
	outside := only(people.PartnerOf, people.Coordinator, people.Administrator)
	return []Route{
		post("/api/rounds", desk(), "startRound", "Begin a round", create(a.Matches.StartRound, "/api/rounds/")),
		get("/api/rounds", desk(), "listRounds", "Rounds, newest first", do(a.Matches.Rounds)),
		get("/api/rounds/:id", desk(), "getRound", "A round and its progress", do(a.Matches.Round)),
		get("/api/rounds/:id/report", desk(), "getReport", "How a round served people, with its proof", do(a.Matches.Report)),
		get("/api/rounds/:id/report.csv", desk(), "getReportTable", "The same as a table", reportCSV(a.Matches.Report)),
		get("/api/rounds/:id/outside-report", outside, "getOutsideReport", "The same without what is about fewer than five", do(a.Matches.OutsideReport)),
		get("/api/rounds/:id/outside-report.csv", outside, "getOutsideReportTable", "That as a table", reportCSV(a.Matches.OutsideReport)),
		post("/api/rounds/:id/stop", desk(), "stopRound", "Stop a round; nothing is proposed then", do(a.Matches.StopRound)),

		post("/api/constraints", desk(), "constrain", "Lock, forbid or reserve in the rounds to come, with a reason", create(a.Matches.Constrain, "")),
		get("/api/constraints", desk(), "listConstraints", "Constraints that bind, or all of them", do(a.Matches.Constraints)),
		post("/api/constraints/:id/lift", desk(), "liftConstraint", "End a constraint", do(a.Matches.LiftConstraint)),

		post("/api/what-ifs", desk(), "tryRound", "What a done round would have been under other rules", create(a.Matches.TryRound, "/api/what-ifs/")),
		get("/api/what-ifs", desk(), "listWhatIfs", "What was tried of a round, newest first", do(a.Matches.WhatIfs)),
		get("/api/what-ifs/:id", desk(), "getWhatIf", "Who gains and who loses", do(a.Matches.WhatIf)),
		post("/api/what-ifs/:id/drop", desk(), "dropWhatIf", "Stop it, or put it aside", do(a.Matches.DropWhatIf)),
		post("/api/what-ifs/:id/adopt", desk(), "adoptWhatIf", "Begin a round under these rules", do(a.Matches.AdoptWhatIf)),

		get("/api/matches", desk(), "listMatches", "Matches, strongest need first", do(a.Matches.List)),
		get("/api/matches/:id", desk(), "getMatch", "One match with its history", do(a.Matches.Get)),
		get("/api/matches/:id/why", desk(), "whyMatch", "Why this one", do(a.Matches.Why)),
		post("/api/matches/:id/approve", desk(), "approveMatch", "Offer it to the student", do(a.Matches.Approve)),
		post("/api/matches/:id/reject", desk(), "rejectMatch", "Refuse a proposal, with a reason", do(a.Matches.Reject)),
		post("/api/matches/:id/release", desk(), "releaseMatch", "End a live match; the place is kept", do(a.Matches.Release)),
		post("/api/overrides", desk(), "overrideMatch", "This device to that application, with a reason", create(a.Matches.Override, "/api/matches/")),
		post("/api/decisions", desk(), "decideMatches", "Approve or reject several, each on its own", do(a.Matches.Decide)),

		get("/api/offers/:id", family().orLink(), "getOffer", "The offer as the family reads it", do(a.Matches.Offer)),
		post("/api/offers/:id/accept", family(), "acceptOffer", "Accept", do(a.Matches.Accept)),
		post("/api/offers/:id/decline", family(), "declineOffer", "Decline; the place is kept", do(a.Matches.Decline)),
	}
}

func (a *API) signInRoutes() []Route {
	return []Route{
		post("/api/sign-in/codes", anyone().limited(formsAnHour), "askCode", "Ask for a code by mail", fromOrigin(a.People.AskCode)),
		post("/api/sign-in", anyone().limited(formsAnHour), "signIn", "Open a session with a code", fromOrigin(a.People.SignIn)),
		post("/api/sign-in/links", anyone(), "signInByLink", "Open a session with a link", do(a.People.SignInByLink)),
		post("/api/sign-out", signedIn(), "signOut", "End this session", action{run: (*API).signOutAPI, request: noRequest, response: doneResponse}),
		post("/api/sign-out/everywhere", signedIn(), "signOutEverywhere", "End all sessions", do(a.People.SignOutEverywhere)),
		get("/api/me", signedIn(), "getMe", "The account that is signed in", do(a.People.Me)),
		get("/api/people", desk(), "listStaff", "Accounts of staff", do(a.People.ListStaff)),
		post("/api/people", desk(), "addStaff", "Give somebody a role", do(partner.Team{People: a.People, Partners: a.Partners}.Add)),
		post("/api/people/:id/roles/remove", desk(), "removeRole", "End a role that somebody holds", do(a.People.RemoveRole)),
		post("/api/people/:id/disable", desk(), "disablePerson", "End an account's right to sign in", do(a.People.Disable)),
		post("/api/people/:id/enable", desk(), "enablePerson", "Give back an account's right to sign in", do(a.People.Enable)),
		post("/api/companies/:id/colleagues", only(people.Donor), "addColleague", "Give a colleague powers in a company", do(a.People.AddColleague)),
		get("/api/companies/:id/colleagues", only(people.Donor), "listColleagues", "Colleagues of a company", do(a.People.ListColleagues)),
		post("/api/companies/:id/colleagues/remove", only(people.Donor), "removeColleague", "End what a colleague may do for a company", do(a.People.RemoveColleague)),
	}
}

func (a *API) placeRoutes() []Route {
	return []Route{
		get("/api/communes", anyone(), "findCommunes", "Communes by postcode or name, and whether they are served", do(a.findCommunes)),
	}
}

func (a *API) partnerRoutes() []Route {
	return []Route{
		get("/api/territories", signedIn(), "listTerritories", "Territories that one works in", do(a.Partners.Territories)),
		post("/api/territories", admin(), "addTerritory", "Open an area", create(a.Partners.AddTerritory, "")),
		post("/api/territories/:id", admin(), "editTerritory", "Change what a territory is called and covers", do(a.Partners.EditTerritory)),
		post("/api/territories/:id/open", desk(), "setTerritoryOpen", "Open or close a territory to applications", do(a.Partners.SetOpen)),
		post("/api/territories/:id/home", desk(), "setHome", "Whether devices are brought to an address", do(a.Partners.SetHome)),
		post("/api/territories/:id/at-once", desk(), "setAtOnce", "Whether what arrives between rounds is proposed at once", do(a.Partners.SetAtOnce)),
		post("/api/territories/:id/approvers", admin(), "setApprovers", "Whether an override waits for a second person", do(a.Partners.SetApprovers)),
		get("/api/sites", staff(), "listSites", "Workshops and pick-up points", do(a.Partners.Sites)),
		post("/api/sites", desk(), "addSite", "Add a site", create(a.Partners.AddSite, "")),
		get("/api/prescribers", anyone(), "findPrescribers", "Structures that attest", do(a.Partners.FindPrescribers)),
		post("/api/prescribers", desk(), "addPrescriber", "Add a structure", create(a.Partners.AddPrescriber, "")),
		get("/api/partners", anyone(), "listPartners", "Institutions", do(a.Partners.ListPartners)),
		post("/api/partners", admin(), "addPartner", "Add an institution", create(a.Partners.AddPartner, "/api/partners/")),
		get("/api/partners/:id", institution(), "getPartner", "An institution, its conventions and structures", do(a.Partners.Institution)),
		get("/api/partners/:id/figures", institution(), "getPartnerFigures", "What an institution may know, in groups of five", do(a.Figures.Institution)),
		post("/api/partners/:id/conventions", admin(), "proposeConvention", "Put a convention to an institution", do(a.Partners.ProposeConvention)),
		post("/api/partners/:id/agree", only(people.PartnerOf), "agreeConvention", "Agree to the convention that was read", do(a.Partners.AgreeConvention)),
		post("/api/prescribers/:id/partner", admin(), "joinPartner", "Which institution a structure belongs to", do(a.Partners.JoinPartner)),
	}
}

func (a *API) donationRoutes() []Route {
	company := only(people.Donor, people.Coordinator, people.Administrator)
	return []Route{
		post("/api/donations", anyone().limited(formsAnHour), "declareDonation", "Declare a lot", create(a.Donations.Declare, "/api/donations/")),
		get("/api/donations", bench(), "listDonations", "Donations of the desk", do(a.Donations.List)),
		get("/api/my/donations", only(people.Donor), "listMyDonations", "Donations of one's companies", do(a.Donations.Mine)),
		get("/api/donations/:id", company, "getDonation", "One donation", do(a.Donations.Get)),
		post("/api/donations/:id/lines", only(people.Donor), "changeLines", "Correct what a lot holds", do(a.Donations.ChangeLines)),
		post("/api/donations/:id/agree", desk(), "agreeDonation", "Take it", do(a.Donations.Agree)),
		post("/api/donations/:id/decline", desk(), "declineDonation", "Refuse it, with a reason", do(a.Donations.Decline)),
		post("/api/donations/:id/cancel", only(people.Donor), "cancelDonation", "Take it back", do(a.Donations.Cancel)),
		get("/api/donations/:id/convention", company, "readConvention", "The convention's text", do(a.Donations.ReadConvention)),
		post("/api/donations/:id/convention", only(people.Donor), "acceptConvention", "Accept the text that was read", do(a.Donations.Accept)),
		post("/api/donations/:id/collection", desk(), "planCollection", "Plan the collection", do(a.Donations.PlanCollection)),
		post("/api/donations/:id/collect", desk(), "collectDonation", "It was fetched", do(a.Donations.Collect)),
		post("/api/donations/:id/receive", bench(), "receiveDevice", "Tick a device off", do(a.Donations.Receive)),
		post("/api/donations/:id/reconcile", desk(), "reconcileDonation", "Close the count", do(a.Donations.Reconcile)),
		post("/api/donations/:id/close", desk(), "closeDonation", "End it", do(a.Donations.Close)),
		get("/api/donations/:id/outcome", company, "getOutcome", "Where its devices are, in counts", do(a.Figures.Outcome)),
		post("/api/donations/:id/lists", company, "uploadList", "Read a list of devices (multipart field file)", action{run: (*API).uploadList, request: uploadRequest, response: importResponse, made: true, at: atLists}),
		get("/api/lists/:id", company, "getList", "A list that was read", do(a.Donations.Import)),
		post("/api/lists/:id/confirm", company, "confirmList", "Make or update its devices; again until done", do(a.Donations.Confirm)),
	}
}

func (a *API) deviceRoutes() []Route {
	return []Route{
		get("/api/devices", bench(), "listDevices", "Devices", do(a.Devices.List)),
		get("/api/scan", bench(), "scanDevice", "The device of a sticker or serial number", do(a.Devices.Scan)),
		get("/api/devices/:id", bench(), "getDevice", "One device", do(a.Devices.Get)),
		post("/api/devices/:id/audit", bench(), "auditDevice", "What the bench read", do(a.Devices.Audit)),
		post("/api/devices/:id/erase", bench(), "eraseDrive", "Record a drive's erasure", do(a.Devices.Erase)),
		post("/api/devices/:id/no-drive", bench(), "noDrive", "Record that there is no drive", do(a.Devices.NoDriveFound)),
		post("/api/devices/:id/prepare", bench(), "prepareDevice", "Last checks before stock", do(a.Devices.Prepare)),
		post("/api/devices/:id/release", bench(), "releaseDevice", "Put it into stock", do(a.Devices.Release)),
		post("/api/devices/:id/place", bench(), "placeDevice", "Where it stands from now on", do(a.Devices.Place)),
		post("/api/devices/:id/move", bench(), "moveDevice", "To repair, harvest, recycling or back", do(a.Devices.Move)),
	}
}

func (a *API) deliveryRoutes() []Route {
	handing := only(people.Greeter, people.Coordinator, people.Administrator, people.PrescriberOf)
	familyOrDesk := only(people.Student, people.Guardian, people.Coordinator, people.Administrator)
	return []Route{
		get("/api/deliveries", desk(), "listDeliveries", "The board, by state or by day and place", do(a.Deliveries.Board)),
		get("/api/deliveries/today", only(people.Greeter, people.Coordinator, people.Administrator), "listToday", "Today's appointments", do(a.Deliveries.Today)),
		get("/api/deliveries/structure", only(people.PrescriberOf), "listStructure", "What one's structures hand over", do(a.Deliveries.AtStructure)),
		get("/api/deliveries/:id", familyOrDesk, "getDelivery", "One delivery", do(a.Deliveries.Get)),
		get("/api/deliveries/:id/slots", familyOrDesk, "listSlots", "Where and when one can come", do(a.Deliveries.Choices)),
		post("/api/deliveries/:id/book", familyOrDesk, "bookDelivery", "Choose a window", do(a.Deliveries.Book)),
		post("/api/deliveries/:id/ask-home", family(), "askHome", "Ask for it to be brought", do(a.Deliveries.AskHome)),
		post("/api/deliveries/:id/book-home", desk(), "bookHome", "Plan the day on which it is brought", do(a.Deliveries.BookHome)),
		post("/api/deliveries/:id/book-structure", only(people.Coordinator, people.Administrator, people.PrescriberOf), "bookStructure", "Settle the day of a hand-over at a structure", do(a.Deliveries.BookStructure)),
		post("/api/deliveries/:id/unbook", familyOrDesk, "unbookDelivery", "Give the appointment up", do(a.Deliveries.Unbook)),
		post("/api/deliveries/:id/give-up", family(), "giveUpDelivery", "Let the accepted device go to somebody else", do(a.Deliveries.GiveUp)),
		post("/api/deliveries/:id/dispatch", desk(), "dispatchDelivery", "On its way", do(a.Deliveries.Dispatch)),
		post("/api/deliveries/:id/hand-over", handing, "handOver", "Hand over with the code", do(a.Deliveries.HandOver)),
		post("/api/deliveries/:id/fail", handing, "failDelivery", "It did not take place", do(a.Deliveries.Fail)),
		post("/api/deliveries/:id/confirm", family(), "confirmDelivery", "It works", do(a.Deliveries.Confirm)),
		post("/api/deliveries/:id/report", family(), "reportProblem", "It does not work", do(a.Deliveries.Report)),
		post("/api/deliveries/:id/return", desk(), "returnDevice", "The device came back", do(a.Deliveries.Return)),
		post("/api/deliveries/:id/code", desk(), "renewCode", "Draw a new hand-over code", do(a.Deliveries.RenewCode)),
		post("/api/deliveries/:id/lose", desk(), "loseDevice", "The device is gone", do(a.Deliveries.Lost)),
		post("/api/slots", desk(), "openSlots", "Open windows at a pick-up point", do(a.Deliveries.OpenSlots)),
	}
}

func (a *API) deskRoutes() []Route {
	return []Route{
		get("/api/figures", anyone(), "getFigures", "Public figures", do(a.Figures.Public)),
		get("/api/desk/figures", desk(), "getDeskFigures", "Counts by kind and state", do(a.Figures.Desk)),
		get("/api/desk/areas", desk(), "getAreaFigures", "Figures of each département", do(a.areaFigures)),
		get("/api/outlines", desk(), "getOutlines", "The map of the départements", action{run: (*API).outlines, request: noRequest, response: mapResponse}),
		get("/api/dead-letters", desk(), "listDeadLetters", "Work that failed again and again", do(a.deadLetters)),
		post("/api/dead-letters/:id/retry", desk(), "retryDeadLetter", "Try it again", do(a.retryDeadLetter)),
		post("/api/search", desk(), "search", "Applications, devices and donations by words", do(a.search)),
	}
}
