/** The doc comment that stands right before a declaration, if there is one. */
export function docCommentBefore(source, start) {
  return source.comments.findLast(
    ({ type, value, end, start: commentStart }) =>
      type === "Block" &&
      value.startsWith("*") &&
      end <= start &&
      source.text.slice(end, start).trim() === "" &&
      // The file's own header is no doc comment of what happens to follow it after a blank line.
      !(source.text.slice(0, commentStart).trim() === "" && source.text.slice(end, start).includes("\n\n")),
  );
}
