package api

import (
	"context"
	"net/http"

	"github.com/mesher/mesher/internal/auth"
)

type setup struct {
	Token        string `json:"token" maxLength:"100" doc:"From the one-time link in Mesher's log"`
	Email        string `json:"email" maxLength:"254"`
	Name         string `json:"name" maxLength:"100"`
	Password     string `json:"password" maxLength:"512"`
	Organization string `json:"organization" maxLength:"100"`
	Project      string `json:"project" maxLength:"100"`
	Platform     string `json:"platform" maxLength:"50"`
}

func (s *Server) registerSetup() {
	register(s, route{
		call: "POST /setup", id: "setup", tag: "Session", status: http.StatusOK,
		summary:     "Create the first owner, organization and project",
		description: "Works once, with the token of the set-up link that Mesher writes to its log.",
		on:          onNothing,
	}, s.setup)
}

func (s *Server) setup(ctx context.Context, in *body[setup]) (*sessionAnswer, error) {
	c, b := callerOf(ctx), in.Body
	installed, err := s.Auth.InstallByLink(ctx, b.Token, auth.FirstStart{
		Owner:        auth.NewAccount{Email: b.Email, Name: b.Name, Password: b.Password},
		Organization: b.Organization, Project: b.Project, Platform: b.Platform,
	}, c.client)
	if err != nil {
		return nil, err
	}
	secret, identity, err := s.Auth.StartSession(ctx, installed.User, c.client)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, secret, identity.User)
}
