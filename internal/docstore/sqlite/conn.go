package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// statements bounds what a connection keeps compiled.
const statements = 256

// conn is one connection with its compiled statements.
type conn struct {
	*sql.Conn
	compiled map[string]*sql.Stmt
}

func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, compiled: map[string]*sql.Stmt{}}, nil
}

// compile keeps a statement for the next time. Statements are made of declared
// names and the shape of a query, so that few are enough.
func (c *conn) compile(text string) (*sql.Stmt, error) {
	if s, known := c.compiled[text]; known {
		return s, nil
	}
	if len(c.compiled) >= statements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	s, err := c.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.compiled[text] = s
	return s, nil
}

func (c *conn) forget() error {
	var errs []error
	for _, s := range c.compiled {
		errs = append(errs, s.Close())
	}
	clear(c.compiled)
	return errors.Join(errs...)
}

// exec runs a statement to its end whatever becomes of the caller.
func (c *conn) exec(text string, args ...any) error {
	_, err := c.result(text, args...)
	return err
}

func (c *conn) result(text string, args ...any) (sql.Result, error) {
	s, err := c.compile(text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

// rows calls each for every row until it returns false.
func (c *conn) rows(ctx context.Context, text string, args []any, each func(*sql.Rows) (bool, error)) (err error) {
	s, err := c.compile(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if more, err := each(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// one reads a single row; sql.ErrNoRows where there is none.
func (c *conn) one(ctx context.Context, text string, args []any, into ...any) error {
	found := false
	err := c.rows(ctx, text, args, func(rows *sql.Rows) (bool, error) {
		found = true
		return false, rows.Scan(into...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

func (c *conn) close() error { return errors.Join(c.forget(), c.Close()) }

// pool lends the connections that read. They are made when first needed.
type pool struct {
	db    *sql.DB
	slots chan *conn
}

func newPool(db *sql.DB, size int) *pool {
	p := &pool{db: db, slots: make(chan *conn, size)}
	for range size {
		p.slots <- nil
	}
	return p
}

func (p *pool) get(ctx context.Context) (*conn, error) {
	if ctx.Err() != nil { // select would take either
		return nil, ctx.Err()
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c, open := <-p.slots:
		if !open {
			return nil, errClosed
		}
		if c != nil {
			return c, nil
		}
		c, err := connect(context.WithoutCancel(ctx), p.db)
		if err != nil {
			p.slots <- nil
		}
		return c, err
	}
}

// put gives a connection back, in the place of one not made yet if it is new.
func (p *pool) put(c *conn) {
	select {
	case p.slots <- c:
	default:
		<-p.slots
		p.slots <- c
	}
}

func (p *pool) close() error {
	var errs []error
	for range cap(p.slots) {
		if c := <-p.slots; c != nil {
			errs = append(errs, c.close())
		}
	}
	close(p.slots)
	return errors.Join(errs...)
}

// reading lends a connection to use. One that broke is replaced.
func (e *Engine) reading(ctx context.Context, use func(*conn) error) error {
	c, err := e.readers.get(ctx)
	if err != nil {
		return err
	}
	err = use(c)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		err = errors.Join(err, c.close())
		c = nil
	}
	e.readers.slots <- c
	if ctx.Err() != nil && err != nil {
		return ctx.Err() // an interrupted statement says so in words of its own
	}
	return err
}
