package donation

import (
	"fmt"
	"strings"
)

// conventionVersion names the text; a change of text is a new version, and
// what was accepted stays as it was.
const conventionVersion = "2026-11-2"

// conventionText drafts the text for a donation in its language. French and
// English exist; others read French. A lawyer must have read it before use.
func (s *Donations) conventionText(d *Donation) string {
	if d.Lang == "en" {
		return fmt.Sprintf(conventionEnglish, d.Name, d.SIREN, d.Address, s.beneficiary, d.Reference, lotText(d, "- %d devices, by their list of serial numbers\n", "  (of which %d by their list of serial numbers)\n"))
	}
	return fmt.Sprintf(conventionFrench, d.Name, d.SIREN, d.Address, s.beneficiary, d.Reference, lotText(d, "- %d appareils, selon leur liste de numéros de série\n", "  (dont %d selon leur liste de numéros de série)\n"))
}

// lotText says what is given. A list of serial numbers names devices that the
// lines count already: it adds none to them.
func lotText(d *Donation, alone, among string) string {
	listed := alone
	if len(d.Lines) > 0 {
		listed = among
	}
	var b strings.Builder
	for _, line := range d.Lines {
		fmt.Fprintf(&b, "- %d × %s\n", line.Quantity, strings.TrimSpace(line.Manufacturer+" "+line.Model))
	}
	if d.Counts.Declared > 0 {
		fmt.Fprintf(&b, listed, d.Counts.Declared)
	}
	return strings.TrimRight(b.String(), "\n")
}

const conventionFrench = `CONVENTION DE DON DE MATÉRIEL INFORMATIQUE

Entre %s (SIREN %s), %s, « le donateur »,
et %s, « le bénéficiaire », qui porte Passerelle.

Don n° %s :
%s

1. Le donateur déclare être propriétaire du matériel, le donner librement et sans contrepartie, et avoir retiré les verrous et comptes (BIOS, gestion à distance, comptes personnels). Aucun mot de passe ne lui est demandé.
2. La garde du matériel passe au bénéficiaire à l'enlèvement. La propriété passe appareil par appareil à la réception, selon la liste rapprochée que le donateur confirme.
3. Le bénéficiaire efface chaque disque selon la norme NIST SP 800-88 Rev. 2 et remet un certificat par disque. Aucun appareil n'est remis à un élève sans cette preuve. Le temps de l'effacement, le bénéficiaire agit comme sous-traitant au sens de l'article 28 du RGPD, sur instruction du donateur, et l'avertit sans délai de tout incident.
4. Un appareil refusé est rendu ou recyclé (DEEE), au choix du donateur. Un appareil réservé à des personnes nommées ou au personnel du donateur ne peut être accepté.
5. Les appareils sont attribués à des jeunes selon des priorités publiées. Le donateur ne connaît pas l'identité des bénéficiaires finals.
6. La valeur du don est établie par le donateur seul. Le reçu fiscal porte sur les seuls appareils reçus et acceptés, si l'éligibilité de l'organisme est établie.
`

const conventionEnglish = `AGREEMENT ON A DONATION OF COMPUTERS

Between %s (SIREN %s), %s, "the donor",
and %s, "the recipient", which runs Passerelle.

Donation %s:
%s

1. The donor states that the goods are its own, given freely and for nothing in return, and that locks and accounts (BIOS, device management, personal accounts) have been removed. It is never asked for a password.
2. Custody passes to the recipient at collection. Ownership passes device by device at receipt, according to the reconciled list that the donor confirms.
3. The recipient erases each drive after NIST SP 800-88 Rev. 2 and gives a certificate for each. No device is handed to a student without that proof. Until then the recipient acts as processor under article 28 GDPR, on the donor's instruction, and tells the donor of any incident without delay.
4. A refused device is returned or recycled (WEEE), as the donor chooses. Devices reserved for named persons or for the donor's staff cannot be accepted.
5. Devices are assigned to young people under published priorities. The donor does not learn who receives them.
6. The donor alone states the value of the donation. The tax receipt lists the devices received and accepted only, where the body's eligibility is established.
`
