package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// part is one sealed field: its name, its place, and its text in clear.
type part struct {
	name  string
	into  *seal.Text
	plain *string
}

// sealAll seals texts under the application's own key.
func (a *Applications) sealAll(ctx context.Context, owner string, parts []part) (err error) {
	for _, p := range parts {
		if *p.into, err = a.box.Seal(ctx, owner, p.name, *p.plain); err != nil {
			return err
		}
	}
	return nil
}

// openAll opens them; what was erased stays empty.
func (a *Applications) openAll(ctx context.Context, owner string, parts []part) error {
	for _, p := range parts {
		plain, err := a.box.Open(ctx, owner, p.name, *p.into)
		if seal.Erased(err) {
			return nil
		}
		if err != nil {
			return err
		}
		*p.plain = plain
	}
	return nil
}

// contactParts names the sealed fields of a contact.
func contactParts(prefix string, c *Contact, v *PersonView) []part {
	return []part{
		{prefix + ".first_name", &c.FirstName, &v.FirstName}, {prefix + ".last_name", &c.LastName, &v.LastName},
		{prefix + ".email", &c.Email, &v.Email}, {prefix + ".phone", &c.Phone, &v.Phone},
	}
}

// FirstName opens all that whoever hands over may read.
func (a *Applications) FirstName(ctx context.Context, id string) (string, error) {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return "", err
	}
	var v PersonView
	err = a.openAll(ctx, app.ID, contactParts("student", &app.Student, &v)[:1])
	return v.FirstName, err
}

// Family opens how to reach the student, or the guardian where there is one;
// for notices.
func (a *Applications) Family(ctx context.Context, id string) ([]Reach, error) {
	app, err := a.docs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	var student, guardian PersonView
	if err := a.openAll(ctx, app.ID, contactParts("student", &app.Student, &student)); err != nil {
		return nil, err
	}
	reaches := []Reach{{Lang: app.Lang, FirstName: student.FirstName, Email: student.Email, Phone: student.Phone}}
	if app.Guardian == nil {
		return reaches, nil
	}
	if err := a.openAll(ctx, app.ID, contactParts("guardian", app.Guardian, &guardian)); err != nil {
		return nil, err
	}
	if guardian.Email != "" && guardian.Email != student.Email {
		reaches = append(reaches, Reach{Lang: app.Lang, FirstName: guardian.FirstName, Email: guardian.Email, Phone: guardian.Phone})
	}
	return reaches, nil
}

// GuardianReach opens how to reach the guardian, empty where there is none.
func (a *Applications) GuardianReach(ctx context.Context, id string) (Reach, error) {
	app, err := a.docs.Get(ctx, id)
	if err != nil || app.Guardian == nil {
		return Reach{}, err
	}
	var guardian PersonView
	err = a.openAll(ctx, app.ID, contactParts("guardian", app.Guardian, &guardian))
	return Reach{Lang: app.Lang, FirstName: guardian.FirstName, Email: guardian.Email, Phone: guardian.Phone}, err
}
