/** Pages before there is anything to see: signing in, the first account, the first site. */

export { NewSite } from "./new-site";
export { SetUp } from "./setup";
export { SignIn } from "./sign-in";
