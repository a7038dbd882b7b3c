export default function Give() {
  return null;
}
