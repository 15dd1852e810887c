package bind

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/model/fault"
)

// MaxFile is the largest file that is taken; a multipart body may be a little larger.
const MaxFile = 10 << 20

const multipartOverhead = 64 << 10

// Body reads the whole body, at most limit bytes of it, and leaves it at c.Request.Body(). A longer one is
// payload_too_large, told from its declared length before anything is buffered.
func Body(c *app.RequestContext, limit int) ([]byte, error) {
	if !c.Request.IsBodyStream() {
		body := c.Request.Body()
		if len(body) > limit {
			return nil, fault.New("payload_too_large")
		}
		return body, nil
	}
	body, err := drain(c.Request.BodyStream(), c.Request.Header.ContentLength(), limit)
	if err != nil {
		return nil, err
	}
	c.Request.SetBodyRaw(body)
	return body, nil
}

func drain(r io.Reader, declared, limit int) ([]byte, error) {
	if declared > limit {
		return nil, fault.New("payload_too_large")
	}
	if declared >= 0 { // exactly so many: the stream must not be asked for what follows on the connection
		body := make([]byte, declared)
		if _, err := io.ReadFull(r, body); err != nil && !(declared == 0 && errors.Is(err, io.EOF)) {
			return nil, cutOff(err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, cutOff(err)
	}
	if len(body) > limit {
		return nil, fault.New("payload_too_large")
	}
	return body, nil
}

func cutOff(err error) error {
	return badRequest("body").Say("请求内容不完整").Because(err)
}

// hasBody leaves out methods whose body means nothing.
func hasBody(c *app.RequestContext) bool {
	switch string(c.Request.Header.Method()) {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

func isJSON(contentType []byte) bool {
	if bytes.Equal(contentType, []byte("application/json")) {
		return true
	}
	media, params, err := mime.ParseMediaType(string(contentType))
	if err != nil || media != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// IsMultipart says that the request uploads a file rather than sending JSON.
func IsMultipart(c *app.RequestContext) bool {
	media, _, err := mime.ParseMediaType(string(c.Request.Header.ContentType()))
	return err == nil && media == "multipart/form-data"
}

// File reads the one part named "file" of a multipart body. What kind of file it is must be told from its
// content; name and type that the client gives are ignored. Faults: unsupported_media_type, bad_request,
// payload_too_large, file_empty.
func File(c *app.RequestContext) ([]byte, error) {
	media, params, err := mime.ParseMediaType(string(c.Request.Header.ContentType()))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, fault.New("unsupported_media_type").Say("请以 multipart/form-data 上传文件")
	}
	body, err := Body(c, MaxFile+multipartOverhead)
	if err != nil {
		return nil, err
	}
	var content []byte
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for found := false; ; found = true {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			if !found {
				return nil, badRequest("file").Say("请选择要上传的文件（file）")
			}
			break
		}
		if err != nil {
			return nil, badRequest("file").Say("上传内容不完整，请重新上传").Because(err)
		}
		if name := part.FormName(); name != "file" {
			return nil, unknown(show([]byte(name)))
		}
		if found {
			return nil, badRequest("file").Say("一次只能上传一个文件")
		}
		if content, err = io.ReadAll(part); err != nil {
			return nil, badRequest("file").Say("上传内容不完整，请重新上传").Because(err)
		}
	}
	if len(content) == 0 {
		return nil, fault.New("file_empty")
	}
	if len(content) > MaxFile {
		return nil, fault.New("payload_too_large").Say("文件不能超过 10 MiB")
	}
	return content, nil
}
