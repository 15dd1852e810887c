package model

import "time"

// CourierChannel is what the parcels of one channel share: whether our account there works, and how often it was
// asked today. A parcel's own limits are on the parcel.
type CourierChannel struct {
	Head `json:",inline"`

	// StoppedUntil is set while the carrier refuses the account itself (key, quota): nobody calls before then,
	// and then one tries for all.
	StoppedUntil *time.Time `json:"stopped_until,omitempty"`

	Day   Date `json:"day,omitempty"`
	Polls int  `json:"polls,omitempty"` // on Day
}

// channelRest is how long a channel is left alone whose account was refused (couriers.md §11).
const channelRest = time.Hour

// NewCourierChannel is a channel that works.
func NewCourierChannel(c Carrier) *CourierChannel {
	return &CourierChannel{Head: Head{ID: string(c)}}
}

// Stopped says that nobody may call now.
func (c *CourierChannel) Stopped(now time.Time) bool {
	return c.StoppedUntil != nil && now.Before(*c.StoppedUntil)
}

// Probe lets one caller try whether the account works again; the others wait for what it hears.
func (c *CourierChannel) Probe(now time.Time) bool {
	if c.StoppedUntil == nil || c.Stopped(now) {
		return false
	}
	c.Stop(now)
	return true
}

// Stop leaves the channel alone for a while.
func (c *CourierChannel) Stop(now time.Time) {
	until := moment(now).Add(channelRest)
	c.StoppedUntil = &until
}

// Go opens the channel again; it reports whether it was closed.
func (c *CourierChannel) Go() bool {
	was := c.StoppedUntil != nil
	c.StoppedUntil = nil
	return was
}

// TakePoll counts a question to the carrier, unless so many have been asked today.
func (c *CourierChannel) TakePoll(limit int, now time.Time) bool {
	if day := DateOf(now); c.Day != day {
		c.Day, c.Polls = day, 0
	}
	if c.Polls >= limit {
		return false
	}
	c.Polls++
	return true
}
