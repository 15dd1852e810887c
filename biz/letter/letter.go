// Package letter renders the papers that an organisation issues about a matter, as PDF with Chinese text:
// the decision letter where a department has no document of its own.
package letter

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"kuacheng/model"
)

// font is Noto Sans SC (SIL Open Font License, font/OFL.txt); each PDF embeds only the glyphs it uses.
//
//go:embed font/NotoSansSC-Regular.ttf
var font []byte

const face = "noto"

// Letter is what is printed. Every field is shown as it is; empty ones are left out.
type Letter struct {
	Title     string   // 准予办理决定书
	Number    string   // the matter's number, as people read it
	Addressee string   // the applicant's name
	Body      []string // paragraphs
	Facts     [][2]string
	Remedies  string // how to object; printed apart
	Signed    string // the organisation
	On        model.Date
	Verify    string // link for the QR code; "" for none
}

// Render draws the letter on A4. The same letter gives the same bytes.
func Render(l Letter) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCreationDate(l.On.Start())
	pdf.SetModificationDate(l.On.Start())
	pdf.SetTitle(l.Title, true)
	pdf.SetAuthor(l.Signed, true)
	pdf.SetMargins(28, 30, 26)
	pdf.SetAutoPageBreak(true, 28)
	pdf.AddUTF8FontFromBytes(face, "", font)
	pdf.SetFooterFunc(func() {
		pdf.SetY(-18)
		pdf.SetFont(face, "", 8)
		pdf.SetTextColor(120, 120, 120)
		pdf.CellFormat(0, 5, fmt.Sprintf("%s　第 %d 页", l.Number, pdf.PageNo()), "", 0, "C", false, 0, "")
	})
	pdf.AddPage()
	drawHead(pdf, l)
	drawBody(pdf, l)
	if err := drawFoot(pdf, l); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("letter: rendering: %w", err)
	}
	return out.Bytes(), nil
}

func drawHead(pdf *fpdf.Fpdf, l Letter) {
	pdf.SetFont(face, "", 13)
	pdf.SetTextColor(190, 20, 20)
	pdf.CellFormat(0, 8, l.Signed, "", 1, "C", false, 0, "")
	pdf.SetDrawColor(190, 20, 20)
	pdf.SetLineWidth(0.5)
	y := pdf.GetY() + 2
	pdf.Line(28, y, 184, y)
	pdf.Ln(10)
	pdf.SetTextColor(0, 0, 0)
	pdf.SetFont(face, "", 20)
	pdf.CellFormat(0, 12, l.Title, "", 1, "C", false, 0, "")
	pdf.SetFont(face, "", 10)
	pdf.SetTextColor(90, 90, 90)
	pdf.CellFormat(0, 7, "办件编号："+l.Number, "", 1, "C", false, 0, "")
	pdf.SetTextColor(0, 0, 0)
	pdf.Ln(6)
}

func drawBody(pdf *fpdf.Fpdf, l Letter) {
	pdf.SetFont(face, "", 12)
	pdf.MultiCell(0, 8, l.Addressee+"：", "", "L", false)
	for _, p := range l.Body {
		pdf.MultiCell(0, 8, "　　"+p, "", "L", false)
	}
	pdf.Ln(3)
	pdf.SetFont(face, "", 10.5)
	pdf.SetDrawColor(200, 200, 200)
	pdf.SetLineWidth(0.2)
	for _, f := range l.Facts {
		if f[1] == "" {
			continue
		}
		y := pdf.GetY()
		pdf.SetX(62)
		pdf.MultiCell(122, 8, f[1], "B", "L", false)
		bottom := pdf.GetY()
		pdf.SetXY(28, y)
		pdf.SetTextColor(90, 90, 90)
		pdf.CellFormat(34, bottom-y, f[0], "B", 0, "L", false, 0, "")
		pdf.SetTextColor(0, 0, 0)
		pdf.SetXY(28, bottom)
	}
	if l.Remedies != "" {
		pdf.Ln(4)
		pdf.MultiCell(0, 7, "　　"+l.Remedies, "", "L", false)
	}
}

func drawFoot(pdf *fpdf.Fpdf, l Letter) error {
	pdf.Ln(12)
	if pdf.GetY() > 230 {
		pdf.AddPage()
	}
	top := pdf.GetY()
	if l.Verify != "" {
		png, err := qrcode.Encode(l.Verify, qrcode.High, 300)
		if err != nil {
			return fmt.Errorf("letter: drawing the code: %w", err)
		}
		pdf.RegisterImageOptionsReader("verify", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(png))
		pdf.ImageOptions("verify", 28, top, 28, 28, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
		pdf.SetXY(28, top+28)
		pdf.SetFont(face, "", 8)
		pdf.CellFormat(28, 5, "扫码查询办件进度", "", 0, "C", false, 0, "")
	}
	pdf.SetFont(face, "", 12)
	pdf.SetXY(28, top+6)
	pdf.CellFormat(0, 8, l.Signed, "", 1, "R", false, 0, "")
	pdf.CellFormat(0, 8, ChineseDate(l.On), "", 1, "R", false, 0, "")
	return nil
}

// ChineseDate writes 2026年11月24日.
func ChineseDate(d model.Date) string {
	t := d.Start()
	if t.IsZero() {
		return ""
	}
	return t.Format("2006年1月2日")
}

// ChineseTime writes 2026年11月24日 09:30.
func ChineseTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.TrimSpace(t.In(model.Beijing).Format("2006年1月2日 15:04"))
}
